#pragma once

#include "app/settings.hpp"

namespace trunkline::sandbox {

struct Settings {
    app::CommonSettings common;
};

const app::ServiceInfo& service_info();

}  // namespace trunkline::sandbox

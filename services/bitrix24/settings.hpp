#pragma once

#include <string>

#include "connector/service.hpp"

namespace trunkline::bitrix24 {

struct Settings : connector::Settings {
    std::string oauth_url = "https://oauth.bitrix.info";
};

const connector::Identity& identity();
void declare(config::Loader& loader, Settings& settings);

}  // namespace trunkline::bitrix24

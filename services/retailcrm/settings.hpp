#pragma once

#include "connector/service.hpp"

namespace trunkline::retailcrm {

const connector::Identity& identity();

}  // namespace trunkline::retailcrm

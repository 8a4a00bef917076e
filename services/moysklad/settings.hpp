#pragma once

#include <string>

#include "connector/service.hpp"

namespace trunkline::moysklad {

struct Settings : connector::Settings {
    std::string phone_api_url = "https://api.moysklad.ru/api/phone/1.0";
    std::string api_url = "https://api.moysklad.ru/api/remap/1.2";
    int remap_cost = 4;
};

const connector::Identity& identity();
void declare(config::Loader& loader, Settings& settings);

}  // namespace trunkline::moysklad

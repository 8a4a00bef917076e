#pragma once

#include <map>
#include <string>

#include "base/log.hpp"
#include "incoming.hpp"
#include "tenants/enterprise.hpp"

namespace trunkline::ingest {

/// `logs/<number>.log` of the enterprises that have it switched on, with exactly the lines that
/// support greps (SPEC section 6, INTERFACES section 7).
class SupportLog {
public:
    void event(const tenants::Enterprise& enterprise, const Incoming& incoming);

private:
    const base::Logger& logger_of(const std::string& number);

    std::map<std::string, base::Logger> loggers_;
};

}  // namespace trunkline::ingest

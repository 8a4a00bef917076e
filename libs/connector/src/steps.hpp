#pragma once

#include <set>
#include <string>

#include "base/log.hpp"
#include "connector/connector.hpp"

namespace trunkline::connector {

/// What stands before every connector: keeps away what is nothing for a CRM, and lets one step of a
/// call at a time through. One executor.
class Steps {
public:
    Steps(Connector& connector, std::string crm);

    asio::awaitable<Answer> take(Step step);

private:
    Connector& connector_;
    base::Logger logger_;
    std::set<std::string> under_way_;  ///< Enterprise and id of the call.
};

}  // namespace trunkline::connector

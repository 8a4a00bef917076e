#pragma once

#include <functional>
#include <string>
#include <vector>

namespace trunkline::app {

/// What /ready says. Parts are asked at each request, so the answer is never stale. One executor.
class Readiness {
public:
    struct Part {
        enum class State { ready, degraded, failed } state = State::ready;
        std::string reason;  ///< Why it is not ready, one line for people, without secrets.
    };

    void add(std::string name, std::function<Part()> check);

    struct Report {
        bool ready = true;   ///< No part has failed.
        std::string status;  ///< `ready`, `degraded`, `not ready`.
        std::vector<std::pair<std::string, Part>> parts;
    };
    Report report() const;

private:
    std::vector<std::pair<std::string, std::function<Part()>>> checks_;
};

}  // namespace trunkline::app

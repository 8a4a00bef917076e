#include "app/readiness.hpp"

#include <utility>

namespace trunkline::app {

void Readiness::add(std::string name, std::function<Part()> check) {
    checks_.emplace_back(std::move(name), std::move(check));
}

Readiness::Report Readiness::report() const {
    Report report;
    bool degraded = false;
    for (const auto& [name, check] : checks_) {
        auto part = check();
        report.ready = report.ready && part.state != Part::State::failed;
        degraded = degraded || part.state == Part::State::degraded;
        report.parts.emplace_back(name, std::move(part));
    }
    report.status = !report.ready ? "not ready" : degraded ? "degraded" : "ready";
    return report;
}

}  // namespace trunkline::app

#pragma once

#include <map>
#include <string>
#include <vector>

#include "suite.hpp"

namespace trunkline::e2e {

/// A suite whose enterprises have U-ON.Travel and nothing else, before the sandbox's cabinets.
class UonOffice {
public:
    UonOffice();

    Suite& suite() { return suite_; }

    /// An enterprise with a cabinet of its own, and 150, 151, 152 at their extensions. The demo
    /// enterprise 0367 has one already.
    void add_enterprise(const std::string& number, const std::string& token);
    /// The sandbox, the connector and the gateway; CRMs are asked again after a second.
    void start(const Suite::Environment& connector = {});
    void start_connector(const Suite::Environment& more = {});

    /// An event of the demo enterprise, told to the gateway as whoever has no ingest does.
    void dispatch(const std::string& unique_id, const std::string& kind, const std::string& phone)
        const;
    /// Each POST that a cabinet received, in order: `call_history/create duration=0 ...`.
    std::vector<std::string> posts(const std::string& cabinet) const;
    /// The cabinet's rows with this phone.
    std::size_t calls_of(const std::string& cabinet, const std::string& phone) const;
    /// How often the cabinets were asked wrongly, together.
    std::size_t violations() const;
    void wait_until_delivered() const;
    /// All log files, one after the other.
    std::string logged() const;

private:
    Suite suite_;
};

}  // namespace trunkline::e2e

#pragma once

#include <optional>
#include <string>
#include <vector>

#include "call/call.hpp"
#include "call/event.hpp"
#include "suite.hpp"

namespace trunkline::e2e {

/// The suite with its demo enterprise on a Bitrix24 portal that the sandbox plays.
class Bitrix24Portal {
public:
    enum class Access { application, webhook, not_installed };
    explicit Bitrix24Portal(Access access = Access::application);

    /// sandbox, bitrix24 and integration-cache.
    void start(const Suite::Environment& more = {});
    Suite& suite() { return suite_; }
    std::string name() const { return "0367"; }

    /// A call of the demo enterprise that began at 11:15:02 in Minsk; `direction` in or out.
    static call::Call call(const std::string& unique_id, call::Direction direction);
    /// As ingest hands it to 8020.
    void dispatch(const std::string& kind, const call::Call& call) const;
    /// Another enterprise on the same portal, so that calls of one number do not meet; its Token.
    std::string another_enterprise();
    /// What ingest is sent by an exchange, one after another, each worked off before the next.
    void play(const std::string& token, const std::vector<call::Event>& events) const;
    void wait_until_finished(const std::string& external_id) const;
    /// Until nothing waits on its way to the CRM.
    void settle() const;

    /// The requests since the last look, as `register SHOW=1 TYPE=2 ...` with names in their order
    /// and CALL_ID and CALL_START_DATE as `ID` and `TIME`. Users and tokens are left out.
    std::vector<std::string> requests() const;
    /// Its part of GET /sandbox/bitrix24.
    json::Document state() const;
    /// Its calls, as `external id: duration status user, file name`; unfinished ones as `... open`.
    std::vector<std::string> calls() const;
    std::string violations() const;
    void set(const std::string& members) const;
    /// Orders a fault; `members` without braces and api.
    void fault(const std::string& members) const;
    /// Lets the portal send an event; the answer of the control route.
    json::Document send_event(const std::string& members) const;
    /// Nothing that the suite writes down or tells has a secret in it.
    void check_no_secret() const;

private:
    Suite suite_;
    int enterprises_ = 0;
    mutable std::string last_seen_ = "0";
};

}  // namespace trunkline::e2e

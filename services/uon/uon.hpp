#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "account.hpp"
#include "cabinet.hpp"
#include "connector/service.hpp"
#include "mapping.hpp"
#include "settings.hpp"

namespace trunkline::uon {

/// The mapping to U-ON.Travel (contracts/uon.md).
class Uon : public connector::Connector {
public:
    Uon(const connector::Parts& parts, const Settings& settings)
        : parts_(parts), settings_(settings), cabinet_(parts.crm, settings.api_url) {}

    asio::awaitable<connector::Answer> take(const connector::Step& step) override;
    asio::awaitable<base::Result<connector::Customer>> find_customer(
        connector::EnterprisePointer enterprise, std::string phone, net::Deadline deadline
    ) override;
    asio::awaitable<base::Result<std::vector<connector::Manager>>> managers(
        connector::EnterprisePointer enterprise, net::Deadline deadline
    ) override;
    asio::awaitable<base::Result<std::string>> test_connection(
        connector::EnterprisePointer enterprise, net::Deadline deadline
    ) override;

    Cabinet& cabinet() { return cabinet_; }

private:
    struct Work {
        const connector::Step& step;
        Account account;
        net::Deadline deadline;
    };
    using Staff = std::vector<connector::Manager>;

    asio::awaitable<connector::Answer> ring(const Work& work);
    asio::awaitable<connector::Answer> notify(
        const Work& work, const std::string& text, const std::string& manager_id
    );
    asio::awaitable<connector::Answer> hang_up(const Work& work);
    /// How long the row has to wait for its recording's link still; fills it in once it is known.
    asio::awaitable<std::optional<std::chrono::milliseconds>> wait_for_link(
        const Work& work, std::string& link
    );
    asio::awaitable<base::Result<CallRecord>> record_for(const Work& work);
    asio::awaitable<connector::Answer> record(const Work& work, const CallRecord& record);
    /// The id of the record's row if U-ON has it; "" if it surely has not.
    asio::awaitable<base::Result<std::string>> find_row(const Work& work, const CallRecord& record);
    asio::awaitable<connector::Answer> create_row(
        const Work& work, const CallRecord& record, const std::string& key, bool was_begun
    );
    asio::awaitable<base::Result<Staff>> staff_of(
        connector::EnterprisePointer enterprise, Account account, net::Deadline deadline
    );
    /// False if the manager had a pop-up about this number a moment ago.
    bool claim_popup(const Work& work, const std::string& manager_id);

    connector::Parts parts_;
    const Settings& settings_;
    Cabinet cabinet_;
    /// Enterprise, manager and phone: when the last pop-up went out.
    std::map<std::string, net::Deadline> popups_;
    /// Records that look the same in U-ON and are being sent or looked for.
    std::set<std::string> recording_;
};

}  // namespace trunkline::uon

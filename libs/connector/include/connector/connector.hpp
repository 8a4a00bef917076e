#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/trace.hpp"
#include "connector/call_facts.hpp"
#include "connector/crm_client.hpp"
#include "connector/verdict.hpp"
#include "contract/connector.hpp"
#include "net/asio.hpp"
#include "tenants/enterprise.hpp"

namespace trunkline::connector {

using EnterprisePointer = std::shared_ptr<const tenants::Enterprise>;

/// One step of one call that the gateway asks for.
struct Step {
    EnterprisePointer enterprise;
    contract::ConnectorEvent event;
    std::string external_id;  ///< connector::external_id(event.call).
    base::TraceContext trace;
    int attempt = 1;

    const call::Call& call() const { return event.call; }
    /// Older than popup_life: a pop-up would come too late.
    bool is_overtaken() const;
    Subject subject() const;
};

struct Manager {
    std::string id;
    std::string name;
    std::string extension;  ///< "" if the CRM does not tell.
};

/// Who an outside number belongs to.
struct Customer {
    bool found = false;
    std::string name;
    std::string id;
    std::string company;
    std::optional<Manager> responsible;
};

/// The mapping to one CRM: all that a new one has to write (docs/connectors.md). One executor; the
/// library calls take() for one step of a call at a time and keeps away what is nothing for a CRM.
class Connector {
public:
    virtual ~Connector() = default;

    /// One step. Its effects happen once, however often it is asked for.
    virtual asio::awaitable<Answer> take(const Step& step) = 0;

    /// `phone` as it came, with or without `+`. Not found is no error. unavailable: ask again
    /// later; forbidden, not_found: the configuration is wrong, with the reason.
    virtual asio::awaitable<base::Result<Customer>> find_customer(
        EnterprisePointer enterprise, std::string phone, net::Deadline deadline
    ) = 0;
    virtual asio::awaitable<base::Result<std::vector<Manager>>> managers(
        EnterprisePointer enterprise, net::Deadline deadline
    ) = 0;
    /// One sentence about the account if it works; the error says what is wrong and how to mend it.
    virtual asio::awaitable<base::Result<std::string>> test_connection(
        EnterprisePointer enterprise, net::Deadline deadline
    ) = 0;
};

}  // namespace trunkline::connector

#include "hook_handlers.hpp"

#include <functional>
#include <utility>

#include "base/log.hpp"
#include "base/redact.hpp"
#include "base/text.hpp"
#include "client_id.hpp"
#include "crypto/digest.hpp"
#include "hook.hpp"
#include "httpd/problem.hpp"

namespace trunkline::retailcrm {
namespace {

using connector::EnterprisePointer;

constexpr std::size_t kept_text = 500;

base::Logger logger() { return base::Logger("retailcrm"); }

httpd::Response ok() { return httpd::Response::json(R"({"success":true})"); }

/// Whose hook it is, if the caller proves that he is the enterprise's CRM.
base::Result<EnterprisePointer> caller_of(
    const connector::Parts& parts, const httpd::Request& request, const Fields& fields
) {
    auto enterprise = parts.directory.by_hook_key(request.param("key"));
    if (!enterprise && !parts.directory.is_loaded()) {
        return base::fail(base::Errc::unavailable, "the database is away");
    }
    if (!enterprise) {
        return base::fail(base::Errc::not_found, "there is no such hook");
    }
    const auto wanted = client_id_of(*enterprise, parts.secrets);
    if (!wanted || !crypto::equal_constant_time(*wanted, field(fields, "clientId"))) {
        return base::fail(base::Errc::forbidden, "clientId is wrong");
    }
    if (!enterprise->is_enabled("retailcrm")) {
        return base::fail(base::Errc::forbidden, "RetailCRM is switched off for this enterprise");
    }
    return enterprise;
}

using Act = std::function<
    asio::awaitable<httpd::Response>(EnterprisePointer, Fields, const httpd::Request&)>;

/// Lets `act` answer whoever caller_of() knows.
httpd::Handler for_caller(const connector::Parts& parts, Act act) {
    return [parts, act = std::move(act)](const httpd::Request& request
           ) -> asio::awaitable<httpd::Response> {
        auto fields = fields_of(request);
        auto enterprise = caller_of(parts, request, fields);
        if (!enterprise) {
            co_return httpd::to_response(enterprise.error());
        }
        auto response = co_await act(std::move(*enterprise), std::move(fields), request);
        co_return response;
    };
}

/// What is wrong between us and the gateway is none of RetailCRM's mistakes.
httpd::Response not_placed(const base::Error& error) {
    if (error.code == base::Errc::not_found) {
        return httpd::problem(409, "", error.detail);
    }
    return error.code == base::Errc::forbidden ? httpd::problem(502, "", error.detail)
                                               : httpd::to_response(error);
}

}  // namespace

httpd::Handler place_call(const connector::Parts& parts) {
    return for_caller(
        parts,
        [parts](
            EnterprisePointer enterprise, Fields fields, const httpd::Request& request
        ) -> asio::awaitable<httpd::Response> {
            const auto order = call_of(*enterprise, fields);
            if (!order) {
                co_return httpd::to_response(order.error());
            }
            const auto placed = co_await parts.pbx.place(*order, request.deadline);
            const auto log = logger().with_trace(request.trace.trace_id);
            if (!placed) {
                log.warning(
                    "{}: a click on {} at {} placed no call: {}",
                    enterprise->number,
                    order->phone,
                    order->extension,
                    base::describe(placed.error())
                );
                co_return not_placed(placed.error());
            }
            log.info(
                "{}: {} calls {} by a click, {}",
                enterprise->number,
                order->extension,
                order->phone,
                *placed
            );
            co_return ok();
        }
    );
}

httpd::Handler take_status(const connector::Parts& parts) {
    return for_caller(
        parts,
        [parts](
            EnterprisePointer enterprise, Fields fields, const httpd::Request& request
        ) -> asio::awaitable<httpd::Response> {
            const auto status = status_of(fields);
            if (!status) {
                co_return httpd::to_response(status.error());
            }
            const auto kept = co_await parts.pool.execute(
                "INSERT INTO agent_statuses (enterprise_number, crm, user_id, extension, status) "
                "VALUES ($1, 'retailcrm', $2, $3, $4) ON CONFLICT (enterprise_number, crm, "
                "user_id) DO UPDATE SET extension = excluded.extension, status = excluded.status, "
                "changed_at = now()",
                pg::Params::of(enterprise->number, status->user, status->extension, status->status),
                request.deadline
            );
            if (!kept) {
                co_return httpd::to_response(kept.error());
            }
            co_return ok();
        }
    );
}

httpd::Handler take_activity(const connector::Parts& parts) {
    return for_caller(
        parts,
        [parts](
            EnterprisePointer enterprise, Fields fields, const httpd::Request& request
        ) -> asio::awaitable<httpd::Response> {
            auto said = base::replace_invalid_utf8(field(fields, "activity").substr(0, kept_text));
            std::erase(said, '\0');
            said = base::redact(std::move(said));
            logger()
                .with_trace(request.trace.trace_id)
                .info("{}: RetailCRM says of our module: {}", enterprise->number, said);
            const auto kept = co_await parts.pool.execute(
                "INSERT INTO integration_logs (enterprise_number, integration, event_type, "
                "request, status, trace_id) VALUES ($1, 'retailcrm', 'activity', $2, 'done', $3)",
                pg::Params::of(enterprise->number, said, request.trace.trace_id),
                request.deadline
            );
            if (!kept) {
                co_return httpd::to_response(kept.error());
            }
            co_return ok();
        }
    );
}

}  // namespace trunkline::retailcrm

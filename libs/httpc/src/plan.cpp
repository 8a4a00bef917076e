#include "plan.hpp"

#include <utility>

#include "wire.hpp"

namespace trunkline::httpc {

base::Result<Plan> make_plan(
    const Request& request, const AddressGuard& guard, std::string_view user_agent
) {
    auto url = Url::parse(request.url);
    if (!url) {
        return std::unexpected(std::move(url.error()));
    }
    Plan plan;
    if (request.tenant_given) {
        auto reach = admit_tenant_url(guard, *url);
        if (!reach) {
            return std::unexpected(std::move(reach.error()));
        }
        plan.reach = *reach;
    }
    auto bytes = serialise(request, *url, user_agent);
    if (!bytes) {
        return std::unexpected(std::move(bytes.error()));
    }
    plan.url = std::move(*url);
    plan.bytes = std::move(*bytes);
    plan.is_head = request.method == "HEAD";
    plan.is_idempotent = is_idempotent(request.method);
    plan.retry_safe = request.retry_safe;
    plan.max_tries = request.max_tries;
    plan.max_response_bytes = request.max_response_bytes;
    plan.accept_gzip = request.accept_gzip;
    plan.timeout = request.timeout;
    plan.deadline = net::deadline_in(request.timeout);
    plan.peer = request.peer;
    return plan;
}

}  // namespace trunkline::httpc

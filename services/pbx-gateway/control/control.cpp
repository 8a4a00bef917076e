#include "control.hpp"

#include <charconv>
#include <chrono>
#include <utility>

#include "base/text.hpp"
#include "httpd/problem.hpp"
#include "json/writer.hpp"

namespace trunkline::pbx_control {
namespace {

constexpr std::size_t longest_kept = 300;

/// The start of a text that strangers wrote, as PostgreSQL takes it.
std::string kept(std::string_view text) {
    auto out = base::replace_invalid_utf8(text.substr(0, longest_kept));
    std::erase(out, '\0');
    return out;
}

/// Who asks, and for which exchange: both known, and the one may reach the other.
struct Admitted {
    Caller caller;
    Exchange exchange;
};

base::Result<Exchange> reach(
    const ControlParts& parts, const httpd::Request& request, const Caller& caller
) {
    const std::string id(request.param("id"));
    auto exchange = parts.exchanges.find(id);
    if (!exchange && parts.exchanges.is_elsewhere(id)) {
        return base::fail(
            base::Errc::unavailable, "another gateway leads exchange " + id + ": ask that one"
        );
    }
    if (!exchange) {
        return base::fail(
            base::Errc::not_found, "there is no exchange " + kept(id) + ", or it is switched off"
        );
    }
    if (!caller.enterprise.empty() && caller.enterprise != exchange->enterprise) {
        return base::fail(base::Errc::forbidden, "exchange " + id + " is another enterprise's");
    }
    return std::move(*exchange);
}

base::Result<> check_right(const Caller& caller, Right right) {
    if (may(caller.role, right)) {
        return {};
    }
    return std::unexpected(base::Error{
        .code = base::Errc::forbidden,
        .detail = "the role " + std::string(to_string(caller.role)) + " may not do this (" +
                  std::string(to_string(right)) + ")",
        .fields = {},
        .native = "role"
    });
}

base::Result<> check_connected(const Exchange& exchange) {
    if (exchange.kind != "asterisk") {
        return base::fail(
            base::Errc::conflict,
            "an exchange of the kind " + exchange.kind + " cannot be driven yet"
        );
    }
    if (!exchange.link) {
        return base::fail(base::Errc::unavailable, "exchange not connected");
    }
    const auto status = exchange.link->status();
    if (status.state == ami::ClientState::ready) {
        return {};
    }
    const auto why = status.last_error.empty() ? std::string() : ": " + status.last_error;
    return base::fail(base::Errc::unavailable, "exchange not connected" + why);
}

asio::awaitable<base::Result<Admitted>> admit(
    const ControlParts& parts, const httpd::Request& request
) {
    const auto caller = co_await identify(request, parts.access, parts.store);
    if (!caller) {
        co_return std::unexpected(caller.error());
    }
    auto exchange = reach(parts, request, *caller);
    if (!exchange) {
        co_return std::unexpected(exchange.error());
    }
    co_return Admitted{*caller, std::move(*exchange)};
}

/// Of a body and path that are no command's own.
AuditEntry entry_of(
    const Admitted& admitted,
    const httpd::Request& request,
    const std::string& action,
    const Order& order
) {
    AuditEntry entry;
    entry.enterprise = admitted.exchange.enterprise;
    entry.pbx = admitted.exchange.id;
    entry.actor = kept(admitted.caller.name);
    entry.role = to_string(admitted.caller.role);
    entry.remote = request.remote.to_string();
    entry.action = action;
    entry.channel = kept(order.channel);
    entry.target = kept(order.target);
    entry.arguments = order.arguments;
    entry.request_id = order.request_id;
    entry.call_id = order.call_id;
    entry.is_outside = order.is_outside;
    return entry;
}

void count(const ControlParts& parts, const std::string& action, const std::string& outcome) {
    parts.metrics
        .counter(
            "pbx_control_total",
            "Wishes to change something on an exchange, by what came of them.",
            {{"action", action}, {"outcome", outcome}}
        )
        .add();
}

void count_refusal(const ControlParts& parts, const base::Error& error) {
    parts.metrics
        .counter(
            "pbx_control_refused_total",
            "Wishes that were refused by the rules, by the reason.",
            {{"reason", error.native.empty() ? "invalid" : error.native}}
        )
        .add();
}

httpd::Response respond(const Answer& answer) {
    return httpd::Response::json(answer.json, answer.status);
}

httpd::Response respond(const base::Error& error) {
    auto response = httpd::to_response(error);
    if (error.native == "rate") {
        response = httpd::with_retry_after(std::move(response), std::chrono::minutes(5));
    }
    return response;
}

/// What was asked under the same request_id before, again.
base::Result<Answer> repeated(const Audit::Earlier& earlier, const Order& order) {
    if (earlier.channel != order.channel || earlier.target != order.target) {
        return base::fail(
            base::Errc::conflict, "request_id was used for other parties within the last hour"
        );
    }
    json::Writer writer;
    writer.begin_object().member("id", earlier.call_id).member("status", "queued").end_object();
    return Answer{writer.take(), 202};
}

/// One wish on its way.
class Doing {
public:
    Doing(const ControlParts& parts, const httpd::Request& request, std::string action)
        : parts_(parts), request_(request), action_(std::move(action)) {}

    asio::awaitable<httpd::Response> run(Right right, const Prepare& prepare) {
        auto admitted = co_await admit(parts_, request_);
        if (!admitted) {
            count(parts_, action_, "refused");
            co_return respond(admitted.error());
        }
        admitted_ = std::move(*admitted);
        auto ready = co_await make_ready(right, prepare);
        if (!ready) {
            auto response = co_await refuse(std::move(ready.error()));
            co_return response;
        }
        const auto begun = co_await begin();
        if (!begun) {
            auto response = co_await refuse(begun.error());
            co_return response;
        }
        const auto& earlier = begun->earlier;
        if (earlier) {
            const auto answer = repeated(*earlier, order_);
            count(parts_, action_, "repeated");
            co_return answer ? respond(*answer) : respond(answer.error());
        }
        auto response = co_await perform(begun->id);
        co_return response;
    }

private:
    asio::awaitable<base::Result<>> make_ready(Right right, const Prepare& prepare) {
        order_.channel = request_.param("channel");
        const auto allowed = check_right(admitted_.caller, right);
        if (!allowed) {
            co_return std::unexpected(allowed.error());
        }
        const auto site = co_await parts_.store.site(admitted_.exchange.id, request_.deadline);
        if (!site) {
            co_return std::unexpected(site.error());
        }
        const auto enterprise = co_await parts_.directory.find_or_load(
            admitted_.exchange.enterprise, request_.deadline
        );
        if (!enterprise) {
            co_return base::fail(
                base::Errc::unavailable, "the enterprise cannot be read from the database now"
            );
        }
        const Wish wish{request_, admitted_.exchange, *site, *enterprise, parts_.clock.now()};
        limit_ = site->guard.calls_per_hour;
        auto prepared = prepare(wish, order_);
        if (!prepared) {
            co_return prepared;
        }
        co_return check_connected(admitted_.exchange);
    }

    asio::awaitable<base::Result<Audit::Begun>> begin() {
        started_ = parts_.clock.steady();
        const auto limit = order_.is_outside ? std::optional<std::int64_t>(limit_) : std::nullopt;
        auto begun = co_await parts_.audit.begin(
            entry_of(admitted_, request_, action_, order_), limit, request_.deadline
        );
        co_return begun;
    }

    asio::awaitable<httpd::Response> perform(std::int64_t id) {
        auto answer = co_await order_.run(*admitted_.exchange.link);
        auto response = answer ? respond(*answer) : respond(answer.error());
        AuditEnd end;
        end.outcome = answer ? "done" : "failed";
        end.status = response.status;
        end.answer = kept(answer ? answer->json : answer.error().detail);
        end.took =
            std::chrono::duration_cast<std::chrono::milliseconds>(parts_.clock.steady() - started_);
        count(parts_, action_, end.outcome);
        const auto written =
            co_await parts_.audit.finish(admitted_.exchange.enterprise, id, end, request_.deadline);
        if (!written) {
            logger_.warning(
                "audit {} of {} has no end ({} {}): {}",
                id,
                action_,
                end.status,
                end.answer,
                base::describe(written.error())
            );
        }
        co_return response;
    }

    asio::awaitable<httpd::Response> refuse(base::Error error) {
        auto response = respond(error);
        const bool is_ours = error.code != base::Errc::unavailable;
        AuditEnd end;
        end.outcome = is_ours ? "refused" : "failed";
        end.status = response.status;
        end.answer = kept(error.detail);
        count(parts_, action_, end.outcome);
        if (is_ours) {
            count_refusal(parts_, error);
        }
        order_.request_id.clear();
        order_.is_outside = false;
        const auto written = co_await parts_.audit.note(
            entry_of(admitted_, request_, action_, order_), end, request_.deadline
        );
        if (!written) {
            logger_.warning(
                "a refused {} is not in the audit ({}): {}",
                action_,
                end.answer,
                base::describe(written.error())
            );
        }
        co_return response;
    }

    const ControlParts& parts_;
    const httpd::Request& request_;
    std::string action_;
    Admitted admitted_;
    Order order_;
    std::int64_t limit_ = 0;
    base::SteadyTime started_{};
    base::Logger logger_{"pbx.control"};
};

std::optional<std::int64_t> number_param(const httpd::Request& request, std::string_view name) {
    const auto text = request.query_param(name);
    std::int64_t number = 0;
    if (!text) {
        return std::nullopt;
    }
    const auto* end = text->data() + text->size();
    const auto parsed = std::from_chars(text->data(), end, number);
    return parsed.ec == std::errc{} && parsed.ptr == end ? number : -1;
}

}  // namespace

httpd::Handler change(const ControlParts& parts, Right right, std::string action, Prepare prepare) {
    return [parts, right, action = std::move(action), prepare = std::move(prepare)](
               const httpd::Request& request
           ) -> asio::awaitable<httpd::Response> {
        Doing doing(parts, request, action);
        auto response = co_await doing.run(right, prepare);
        co_return response;
    };
}

httpd::Handler look(const ControlParts& parts, Look work) {
    return [parts, work = std::move(work)](const httpd::Request& request
           ) -> asio::awaitable<httpd::Response> {
        const auto admitted = co_await admit(parts, request);
        if (!admitted) {
            co_return respond(admitted.error());
        }
        auto answer = co_await work(request, admitted->exchange);
        co_return answer ? respond(*answer) : respond(answer.error());
    };
}

httpd::Handler list_audit(const ControlParts& parts) {
    return [parts](const httpd::Request& request) -> asio::awaitable<httpd::Response> {
        constexpr std::int64_t most = 1000;
        const auto caller = co_await identify(request, parts.access, parts.store);
        if (!caller) {
            co_return respond(caller.error());
        }
        if (const auto allowed = check_right(*caller, Right::audit); !allowed) {
            co_return respond(allowed.error());
        }
        const auto limit = number_param(request, "limit").value_or(100);
        const auto before = number_param(request, "cursor").value_or(0);
        if (limit < 1 || limit > most || before < 0) {
            co_return respond(base::Error{
                .code = base::Errc::invalid_input,
                .detail = "limit is from 1 to 1000, cursor what `next` said",
                .fields = {},
                .native = {}
            });
        }
        Audit::Filter filter;
        filter.enterprise = caller->enterprise.empty()
                                ? request.query_param("enterprise").value_or("")
                                : caller->enterprise;
        filter.pbx = std::string(request.param("id"));
        filter.action = request.query_param("action").value_or("");
        filter.outcome = request.query_param("outcome").value_or("");
        filter.limit = limit;
        filter.before = before;
        const auto page = co_await parts.audit.list(std::move(filter), request.deadline);
        co_return page ? httpd::Response::json(*page) : respond(page.error());
    };
}

}  // namespace trunkline::pbx_control

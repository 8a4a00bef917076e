#include "httpc/client.hpp"

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/experimental/parallel_group.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/system/system_error.hpp>
#include <exception>
#include <iterator>
#include <map>
#include <unordered_set>

#include "base/log.hpp"
#include "base/text.hpp"
#include "connection.hpp"
#include "exchange.hpp"
#include "httpc/guard.hpp"
#include "httpc/url.hpp"
#include "metrics/registry.hpp"
#include "net/event.hpp"
#include "net/sleep.hpp"
#include "origin.hpp"
#include "plan.hpp"
#include "tls.hpp"

namespace trunkline::httpc {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

enum class Verdict { succeed, fail, abandon };

Verdict judge(const Outcome& outcome, const BreakerSettings& settings) {
    if (outcome) {
        return settings.count_server_errors && outcome->status >= 500 ? Verdict::fail
                                                                      : Verdict::succeed;
    }
    switch (outcome.error().error.code) {
        case base::Errc::unavailable:
        case base::Errc::timeout:
            return Verdict::fail;
        case base::Errc::malformed:
        case base::Errc::too_large:
            return Verdict::succeed;  // It is there, whatever it says.
        default:
            return Verdict::abandon;
    }
}

bool may_repeat(const Plan& plan, const Progress& progress, const Failure& failed, unsigned tries) {
    const auto code = failed.error.code;
    return tries < plan.max_tries && !progress.circuit_refused &&
           (plan.retry_safe || !progress.sent) &&
           (code == base::Errc::unavailable || code == base::Errc::timeout);
}

std::string outcome_label(const Outcome& outcome) {
    return outcome ? std::to_string(outcome->status / 100) + "xx"
                   : std::string(to_string(outcome.error().error.code));
}

}  // namespace

std::string_view Response::header(std::string_view name) const {
    const auto found = std::ranges::find_if(headers, [name](const auto& header) {
        return base::equals_ignoring_case(header.first, name);
    });
    return found == headers.end() ? std::string_view{} : std::string_view(found->second);
}

struct Client::State : std::enable_shared_from_this<Client::State> {
    /// One send() that goes on. Its timer is the deadline; close() rings it early.
    struct Flight {
        Flight(State& state_in, net::Deadline deadline)
            : state(state_in), bell(state.executor, deadline) {
            state.flights.insert(this);
        }
        ~Flight() {
            state.settle(progress, Verdict::abandon);
            state.flights.erase(this);
            state.landed.notify();
        }
        Flight(const Flight&) = delete;
        Flight& operator=(const Flight&) = delete;

        State& state;
        asio::steady_timer bell;
        Progress progress;
    };

    State(asio::any_io_executor executor_in, Settings settings_in, metrics::Registry& registry_in);

    asio::awaitable<Outcome> fly(const Plan& plan);
    asio::awaitable<Outcome> tries(const Plan& plan, Progress& progress);
    asio::awaitable<Outcome> attempt(const Plan& plan, Progress& progress);
    asio::awaitable<Outcome> use_connection(const Plan& plan, Origin& origin, Progress& progress);

    asio::ssl::context& tls_context();
    std::shared_ptr<Origin> origin_of(const Plan& plan);
    static Outcome refuse(Origin& origin, Progress& progress);
    void settle(Progress& progress, Verdict verdict);
    void abort();
    void arm_sweep();
    void sweep();

    asio::any_io_executor executor;
    Settings settings;
    metrics::Registry& registry;
    AddressGuard guard;
    std::optional<asio::ssl::context>
        tls;  ///< Made when first needed: many clients talk to neighbours only.
    base::Logger logger{"httpc"};
    std::map<OriginKey, std::shared_ptr<Origin>> origins;
    std::unordered_set<Flight*> flights;
    net::Event landed;
    asio::steady_timer sweep_timer;
    bool sweep_armed = false;
    bool closing = false;
};

Client::State::State(
    asio::any_io_executor executor_in, Settings settings_in, metrics::Registry& registry_in
)
    : executor(std::move(executor_in)),
      settings(std::move(settings_in)),
      registry(registry_in),
      landed(executor),
      sweep_timer(executor) {
    auto hosts = parse_allowed_hosts(settings.allowed_upstream_hosts);
    if (!hosts) {
        throw std::runtime_error("ALLOWED_UPSTREAM_HOSTS: " + hosts.error().detail);
    }
    if (!settings.ca_file.empty()) {
        tls = make_tls_context(settings.ca_file);  // A wrong file is to be found at the start.
    }
    guard = {
        .allowed_hosts = std::move(*hosts), .allow_loopback = settings.allow_loopback_upstreams
    };
    if (settings.user_agent.empty()) {
        settings.user_agent = "trunkline/" TRUNKLINE_VERSION;
    }
}

/// Runs the tries against the deadline. Like net::with_deadline, but close() can ring the bell, and
/// what the tries had done by then is known from their progress.
asio::awaitable<Outcome> Client::State::fly(const Plan& plan) {
    Flight flight(*this, plan.deadline);
    auto work = tries(plan, flight.progress);
    auto race = asio::experimental::make_parallel_group(
        asio::co_spawn(executor, std::move(work), asio::deferred),
        flight.bell.async_wait(asio::deferred)
    );
    auto [order, error, outcome, bell_error] =
        co_await race.async_wait(asio::experimental::wait_for_one(), asio::use_awaitable);
    const bool rang = order[0] == 1;
    if (!error && (!rang || outcome)) {
        co_return std::move(outcome);  // Complete, even if the bell rang meanwhile.
    }
    const bool sent = flight.progress.sent;
    if (rang && !bell_error) {
        settle(flight.progress, Verdict::fail);
        auto detail = "no answer from " + plan.url.origin() + " within " +
                      std::to_string(plan.timeout.count()) + " ms (" +
                      std::string(flight.progress.doing) + ")";
        co_return failure(base::Errc::timeout, std::move(detail), sent);
    }
    if (closing) {
        co_return failure(base::Errc::canceled, "the client was closed", sent);
    }
    if (error) {
        std::rethrow_exception(error);
    }
    throw boost::system::system_error(asio::error::operation_aborted);
}

asio::awaitable<Outcome> Client::State::tries(const Plan& plan, Progress& progress) {
    for (unsigned made = 1;; ++made) {
        auto outcome = co_await attempt(plan, progress);
        if (outcome || !may_repeat(plan, progress, outcome.error(), made)) {
            co_return outcome;
        }
        const auto pause = net::backoff_pause(settings.retry_pause, made);
        if (pause >= net::time_left(plan.deadline)) {
            co_return outcome;  // The real cause says more than a timeout would.
        }
        progress.doing = "between two tries";
        co_await net::sleep_for(pause);
    }
}

asio::awaitable<Outcome> Client::State::attempt(const Plan& plan, Progress& progress) {
    const auto origin = origin_of(plan);
    // Asked before the line too: those who wait behind hanging requests would only wait for a
    // refusal.
    if (origin->breaker().refuses(steady_clock::now())) {
        co_return refuse(*origin, progress);
    }
    progress.origin = origin;
    progress.doing = "waiting for a free connection";
    const auto slot = co_await origin->acquire();
    progress.pass = origin->breaker().admit(steady_clock::now());
    if (!progress.pass) {
        co_return refuse(*origin, progress);
    }
    auto outcome = co_await use_connection(plan, *origin, progress);
    settle(progress, judge(outcome, settings.breaker));
    co_return outcome;
}

asio::awaitable<Outcome> Client::State::use_connection(
    const Plan& plan, Origin& origin, Progress& progress
) {
    for (bool fresh = false;; fresh = true) {
        auto connection = fresh ? nullptr : origin.take_idle(settings.idle_timeout);
        const bool reused = connection != nullptr;
        if (!reused) {
            progress.doing = "connecting";
            auto* const security = plan.url.is_tls() ? &tls_context() : nullptr;
            const auto limit = std::min(plan.deadline, net::deadline_in(settings.connect_timeout));
            auto opened = co_await Connection::open(plan.url, plan.reach, security, limit);
            if (!opened) {
                co_return failure(std::move(opened.error()), progress.sent);
            }
            connection = std::move(*opened);
        }
        auto result = co_await exchange(*connection, plan, progress);
        if (result.keep && !closing) {
            origin.keep(std::move(connection));
        }
        if (!reused || !result.stale) {
            co_return std::move(result.outcome);
        }
        origin.close_idle();  // The peer has probably left them all.
    }
}

asio::ssl::context& Client::State::tls_context() {
    if (!tls) {
        tls = make_tls_context(settings.ca_file);
    }
    return *tls;
}

std::shared_ptr<Origin> Client::State::origin_of(const Plan& plan) {
    const OriginKey key{
        .scheme = plan.url.scheme, .host = plan.url.host, .port = plan.url.port, .reach = plan.reach
    };
    auto& origin = origins[key];
    if (!origin) {
        const metrics::Labels labels = {{"peer", plan.peer}};
        auto& gauge = registry.gauge(
            "http_client_open_circuits", "Origins whose circuit is open or half-open.", labels
        );
        origin = std::make_shared<Origin>(
            plan.url.origin(), executor, settings.max_connections_per_host, settings.breaker, gauge
        );
        arm_sweep();
    }
    return origin;
}

Outcome Client::State::refuse(Origin& origin, Progress& progress) {
    progress.circuit_refused = true;
    const auto left =
        std::chrono::ceil<milliseconds>(origin.breaker().open_until() - steady_clock::now());
    auto detail = "the circuit to " + origin.name();
    detail += left > milliseconds(0)
                  ? " is open for another " + std::to_string(left.count()) + " ms"
                  : " is half-open: a probe is under way";
    return failure(base::Errc::unavailable, std::move(detail), progress.sent);
}

void Client::State::settle(Progress& progress, Verdict verdict) {
    if (!progress.pass) {
        return;
    }
    auto& breaker = progress.origin->breaker();
    switch (verdict) {
        case Verdict::succeed:
            breaker.succeed(*progress.pass);
            break;
        case Verdict::fail:
            breaker.fail(*progress.pass, steady_clock::now());
            break;
        case Verdict::abandon:
            breaker.abandon(*progress.pass);
            break;
    }
    progress.pass.reset();
    if (progress.origin->note_circuit()) {
        const bool is_open = breaker.state() != Breaker::State::closed;
        logger.log(
            is_open ? base::LogLevel::warning : base::LogLevel::info,
            "circuit to {} {}",
            progress.origin->name(),
            is_open ? "opened" : "closed"
        );
    }
}

void Client::State::abort() {
    closing = true;
    for (auto* flight : flights) {
        flight->bell.cancel();
    }
    for (auto& [key, origin] : origins) {
        origin->close_idle();
    }
    sweep_timer.cancel();
}

void Client::State::arm_sweep() {
    if (sweep_armed || closing) {
        return;
    }
    sweep_armed = true;
    // Half the timeout: what is idle lives at most half as long again.
    sweep_timer.expires_after(std::max(settings.idle_timeout / 2, milliseconds(1)));
    sweep_timer.async_wait([weak = weak_from_this()](const boost::system::error_code& error) {
        const auto state = weak.lock();
        if (state && !error) {
            state->sweep();
        }
    });
}

void Client::State::sweep() {
    sweep_armed = false;
    const auto now = steady_clock::now();
    const auto moment = now - settings.idle_timeout;
    for (auto& [key, origin] : origins) {
        origin->close_idle_since_before(moment);
    }
    std::erase_if(origins, [moment, now](const auto& entry) {
        return entry.second->is_forgettable(moment, now);
    });
    if (!origins.empty()) {
        arm_sweep();
    }
}

Client::Client(asio::any_io_executor executor, Settings settings, metrics::Registry& registry)
    : state_(std::make_shared<State>(std::move(executor), std::move(settings), registry)) {}

Client::~Client() { state_->abort(); }

namespace {

/// Counts a request when it ends, however it ends.
class Tally {
public:
    Tally(metrics::Registry& registry, std::string peer)
        : registry_(registry), peer_(std::move(peer)), started_(steady_clock::now()) {}
    ~Tally() {
        const std::chrono::duration<double> took = steady_clock::now() - started_;
        const metrics::Labels by_outcome = {{"peer", peer_}, {"outcome", outcome_}};
        const metrics::Labels by_peer = {{"peer", peer_}};
        registry_
            .counter(
                "http_client_requests_total", "Requests to other services, by outcome.", by_outcome
            )
            .add();
        registry_
            .histogram(
                "http_client_request_seconds",
                "Time from send() to its outcome, all tries included.",
                metrics::default_seconds_bounds(),
                by_peer
            )
            .observe(took.count());
    }
    Tally(const Tally&) = delete;
    Tally& operator=(const Tally&) = delete;

    void set(const Outcome& outcome) { outcome_ = outcome_label(outcome); }

private:
    metrics::Registry& registry_;
    std::string peer_;
    steady_clock::time_point started_;
    std::string outcome_{to_string(base::Errc::canceled)};  ///< Stands when an exception passes.
};

}  // namespace

asio::awaitable<Outcome> Client::send(Request request) {
    const auto state = state_;
    Tally tally(state->registry, request.peer);
    Outcome outcome = failure(base::Errc::canceled, "the client is closed", false);
    if (!state->closing) {
        auto plan = make_plan(request, state->guard, state->settings.user_agent);
        if (!plan) {
            outcome = failure(std::move(plan.error()), false);
        } else if (plan->timeout <= milliseconds(0)) {
            outcome =
                failure(base::Errc::timeout, "no time was left for " + plan->url.origin(), false);
        } else {
            outcome = co_await state->fly(*plan);
        }
    }
    tally.set(outcome);
    co_return outcome;
}

asio::awaitable<void> Client::close() {
    const auto state = state_;
    state->abort();
    while (!state->flights.empty()) {
        co_await state->landed.wait();
    }
}

}  // namespace trunkline::httpc

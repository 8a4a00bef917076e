#include "serve.hpp"

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <memory>
#include <optional>
#include <stdexcept>
#include <vector>

#include "call_store.hpp"
#include "correlator.hpp"
#include "gateway_delivery.hpp"
#include "housekeeping.hpp"
#include "httpc/client.hpp"
#include "journal/journal.hpp"
#include "net/sleep.hpp"
#include "pg/listener.hpp"
#include "pg/pool.hpp"
#include "recording_handlers.hpp"
#include "routes.hpp"
#include "server_log.hpp"
#include "tenants/directory.hpp"
#include "worker_thread.hpp"

namespace trunkline::ingest {
namespace {

CorrelatorSettings correlator_settings(const Settings& settings) {
    CorrelatorSettings out;
    out.timers = settings.timers;
    out.default_timezone = settings.default_timezone;
    out.public_url = settings.common.public_url;
    return out;
}

httpc::Settings recording_client_settings(const Settings& settings) {
    httpc::Settings out;
    out.allowed_upstream_hosts = settings.allowed_upstream_hosts;
    out.allow_loopback_upstreams = settings.allow_loopback_upstreams;
    return out;
}

std::optional<recordings::LinkSigner> link_signer(const std::string& secrets_key) {
    if (secrets_key.empty()) {
        return std::nullopt;
    }
    auto signer = recordings::LinkSigner::from_secrets_key(secrets_key);
    if (!signer) {
        throw std::runtime_error(signer.error().detail);
    }
    return std::move(*signer);
}

/// Events that a worker left behind who does not run now would wait for ever.
asio::awaitable<void> check_journals(asio::any_io_executor executor, const Settings& settings) {
    const auto folder = journal_folder(settings, 0).parent_path();
    std::error_code none;
    for (auto number = static_cast<unsigned>(settings.workers);
         std::filesystem::is_directory(folder / std::to_string(number), none);
         ++number) {
        journal::Settings left;
        left.folder = journal_folder(settings, number);
        journal::Journal journal(executor, left);
        const bool holds_events = journal.open() && !journal.empty();
        co_await journal.close();
        if (holds_events) {
            throw std::runtime_error(
                left.folder.string() +
                " holds events of one more worker: start with INGEST_WORKERS=" +
                std::to_string(number + 1) + " until they are stored"
            );
        }
    }
}

/// How many events come, to all workers together: as of the last span of time that has ended, or
/// of this one if it has seen more already.
class Intake {
public:
    void note(std::size_t stored) {
        const auto now = std::chrono::steady_clock::now();
        if (now - since_ >= span) {
            last_count_ = now - since_ < 2 * span ? count_ : 0;
            since_ = now;
            count_ = 0;
        }
        count_ += stored;
    }
    Correlator::Pace pace() const {
        if (std::chrono::steady_clock::now() - since_ >= 2 * span) {
            return Correlator::Pace::calm;
        }
        const auto count = std::max(count_, last_count_);
        return count >= flood   ? Correlator::Pace::flood
               : count >= brisk ? Correlator::Pace::brisk
                                : Correlator::Pace::calm;
    }

private:
    static constexpr auto span = std::chrono::milliseconds(50);
    static constexpr std::size_t brisk = 25;   ///< Of one span: 500 a second.
    static constexpr std::size_t flood = 125;  ///< 2,500 a second.
    std::chrono::steady_clock::time_point since_{};
    std::size_t count_ = 0;
    std::size_t last_count_ = 0;
};

/// A port that several may share is never taken; ours must be free before we share it.
asio::awaitable<void> check_port(app::Process& process) {
    httpd::Server alone(
        process.executor(), process.http_settings(), httpd::Router(), process.metrics()
    );
    alone.listen();
    co_await alone.drain(net::deadline_in(std::chrono::seconds(1)));
}

using WorkerThreads = std::vector<std::unique_ptr<WorkerThread>>;

asio::awaitable<void> wait_for_end(const WorkerThreads& workers) {
    while (!std::ranges::all_of(workers, [](const auto& each) { return each->has_ended(); })) {
        co_await net::sleep_for(std::chrono::milliseconds(5));
    }
}

asio::awaitable<WorkerThreads> start_workers(
    app::Process& process,
    const Settings& settings,
    const Parts& parts,
    RateLimit& rate,
    RecentDigests& recent,
    Correlator& correlator,
    Intake& intake
) {
    auto http = process.http_settings();
    http.reuse_port = settings.workers > 1;
    if (http.reuse_port) {
        co_await check_port(process);
    }
    WorkerThreads workers;
    for (unsigned number = 0; number < static_cast<unsigned>(settings.workers); ++number) {
        workers.push_back(std::make_unique<WorkerThread>(WorkerThread::Plan{
            .settings = settings,
            .number = number,
            .http = http,
            .shared_routes =
                [&parts, &process] {
                    httpd::Router router;
                    add_other_routes(router, parts);
                    process.add_standard_routes(router);
                    return router;
                },
            .main = process.executor(),
            .wants_events = [&correlator] { return !correlator.reads_back(); },
            .on_stored =
                [&correlator, &intake](std::size_t count, std::vector<EventPointer> events) {
                    intake.note(count);
                    if (events.empty()) {
                        correlator.stored_unseen();
                    } else {
                        correlator.stored(std::move(events));
                    }
                },
            .rate = rate,
            .recent = recent,
            .registry = process.metrics()
        }));
    }
    co_return workers;
}

app::Readiness::Part worst_of(const WorkerThreads& workers) {
    if (workers.empty()) {
        return {app::Readiness::Part::State::failed, "starting"};
    }
    app::Readiness::Part worst;
    for (const auto& worker : workers) {
        auto part = worker->readiness();
        if (part.state > worst.state) {
            worst = std::move(part);
        }
    }
    return worst;
}

}  // namespace

asio::awaitable<void> serve(app::Process& process, const Settings& settings) {
    const ServerLog server_log(app::log_settings(service_info(), settings.common).folder);
    const auto& executor = process.executor();
    co_await check_journals(executor, settings);
    const auto postgres = app::postgres_settings(service_info(), settings.common);
    pg::Pool pool(executor, postgres);
    pg::Listener listener(executor, postgres);
    tenants::Directory directory(executor, pool, listener);
    CorrelationStore correlation(pool);
    Correlator correlator(
        executor, correlation, listener, directory, process.metrics(), correlator_settings(settings)
    );
    Intake intake;
    correlator.yield_to([&intake] { return intake.pace(); });
    DeadLetterStore dead_letters(pool);
    CallStore calls(pool);
    httpc::Client client(executor, httpc::Settings{}, process.metrics());
    GatewayDelivery gateway(client, settings.gateway_url, settings.common.internal_token);
    outbox::Worker gateway_worker(
        executor,
        pool,
        listener,
        process.metrics(),
        GatewayDelivery::worker_settings(),
        [&gateway](const outbox::Item& item) { return gateway.deliver(item); }
    );
    Housekeeping housekeeping(executor, pool, settings.keep_events_days);
    // Tenants' servers share neither connections nor circuits with ours.
    httpc::Client recording_client(
        executor, recording_client_settings(settings), process.metrics()
    );
    RecordingStore recording_store(pool, settings.default_timezone);
    RecordingSource recording_source(recording_client, settings.recordings_path);
    RecordingNotices recording_notices(recording_store, directory, settings.common.public_url);
    Recordings recordings{
        recording_store,
        recording_source,
        recording_notices,
        link_signer(settings.common.secrets_key)
    };

    co_await pool.open();
    listener.start();
    directory.start();
    correlator.start();
    gateway_worker.start();
    housekeeping.start();
    const Parts parts{
        .settings = settings,
        .pool = pool,
        .directory = directory,
        .calls = calls,
        .recordings = recordings,
        .dead_letters = dead_letters
    };
    RateLimit rate(settings.rate_limit, base::system_clock());
    RecentDigests recent;
    WorkerThreads workers;
    process.readiness().add("database", [&workers] { return worst_of(workers); });
    workers = co_await start_workers(process, settings, parts, rate, recent, correlator, intake);
    server_log.listens(settings.common.bind_host, settings.common.port);
    co_await process.wait_until_stopped();
    server_log.stops();

    const auto deadline = process.drain_deadline();
    for (const auto& worker : workers) {
        worker->stop(deadline);
    }
    // Not by joining: what they hand over has to run here.
    co_await wait_for_end(workers);
    co_await correlator.drain(deadline);
    co_await gateway_worker.drain(deadline);
    co_await housekeeping.stop();
    co_await directory.stop();
    co_await listener.stop();
    co_await client.close();
    co_await recording_client.close();
    co_await pool.close();
    server_log.has_stopped();
}

}  // namespace trunkline::ingest

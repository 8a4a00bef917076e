#include "app/process.hpp"

#include <malloc.h>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <optional>
#include <utility>

#include "descriptor_limit.hpp"
#include "metrics/process.hpp"
#include "standard_routes.hpp"

namespace trunkline::app {

struct Process::State {
    State(
        asio::any_io_executor executor_in,
        const ServiceInfo& info_in,
        const CommonSettings& settings_in
    )
        : executor(std::move(executor_in)),
          info(info_in),
          settings(settings_in),
          logger(info.name),
          signals(executor, SIGINT, SIGTERM) {
        metrics::add_process_metrics(registry, info.name, version());
    }

    asio::any_io_executor executor;
    const ServiceInfo& info;
    const CommonSettings& settings;
    base::Logger logger;
    /// From the start on: a signal that comes before somebody waits for it is not lost.
    asio::signal_set signals;
    metrics::Registry registry;
    Readiness readiness;
    std::optional<net::Deadline> drain_deadline;
};

Process::Process(
    asio::any_io_executor executor, const ServiceInfo& info, const CommonSettings& settings
)
    : state_(std::make_unique<State>(std::move(executor), info, settings)) {}

Process::~Process() = default;

const asio::any_io_executor& Process::executor() const { return state_->executor; }
metrics::Registry& Process::metrics() { return state_->registry; }
Readiness& Process::readiness() { return state_->readiness; }
bool Process::is_stopping() const { return state_->drain_deadline.has_value(); }

net::Deadline Process::drain_deadline() const {
    return state_->drain_deadline.value_or(net::deadline_in(state_->settings.drain_limit));
}

void Process::watch(pg::Pool& pool) {
    state_->readiness.add("database", [&pool]() -> Readiness::Part {
        if (pool.is_ready()) {
            return {};
        }
        return {Readiness::Part::State::failed, pool.last_error()};
    });
}

httpd::Settings Process::http_settings() const {
    return app::http_settings(state_->info, state_->settings);
}

void Process::add_standard_routes(httpd::Router& router) {
    app::add_standard_routes(
        router, state_->info, state_->settings, state_->readiness, state_->registry
    );
}

asio::awaitable<void> Process::serve_until_stopped(httpd::Router router) {
    add_standard_routes(router);
    httpd::Server server(state_->executor, http_settings(), std::move(router), state_->registry);
    server.listen();
    co_await wait_until_stopped();
    co_await server.drain(*state_->drain_deadline);
}

asio::awaitable<void> Process::wait_until_stopped() {
    state_->logger.info(
        "{} {} listens on {}:{}",
        state_->info.name,
        version(),
        state_->settings.bind_host,
        state_->settings.port
    );
    auto [error, signal] = co_await state_->signals.async_wait(asio::as_tuple(asio::use_awaitable));
    state_->drain_deadline = net::deadline_in(state_->settings.drain_limit);
    state_->logger.info("signal {}: finishing what is in hand", error ? 0 : signal);
}

namespace {

int report_failure(const ServiceInfo& info, const std::string& line) {
    base::Logger(info.name).critical("{}", line);
    std::fprintf(stderr, "%s: %s\n", info.name.c_str(), line.c_str());
    base::close_log();
    return 1;
}

/// A failure unwinds serve() while its tasks are still suspended; were they resumed, they would
/// find its objects gone. So the process ends here, before anything else can run.
asio::awaitable<void> serve_or_end(
    const ServiceInfo& info,
    const std::function<asio::awaitable<void>(Process&)>& serve,
    Process& process
) {
    try {
        co_await serve(process);
    } catch (const std::exception& error) {
        std::_Exit(report_failure(info, error.what()));
    }
}

int run_to_end(
    const ServiceInfo& info,
    const CommonSettings& common,
    const std::function<asio::awaitable<void>(Process&)>& serve
) {
    try {
        asio::io_context io(1);
        // Outlives the coroutine: run() returns only when every task has ended.
        Process process(io.get_executor(), info, common);
        asio::co_spawn(io, serve_or_end(info, serve, process), [](std::exception_ptr error) {
            if (error) {
                std::rethrow_exception(error);
            }
        });
        io.run();
        base::Logger(info.name).info("stopped");
        base::close_log();
        return 0;
    } catch (const std::exception& error) {
        return report_failure(info, error.what());
    }
}

/// The top of the heap goes back to the kernel only from so much on; by default it would go and
/// come with every burst, at a page fault per 4 KB.
void keep_freed_memory() {
    constexpr int kept = 4 * 1024 * 1024;
    constexpr int mapped_from = 1024 * 1024;
    (void)mallopt(M_TRIM_THRESHOLD, kept);
    (void)mallopt(M_MMAP_THRESHOLD, mapped_from);
}

}  // namespace

int run(
    int argc,
    const char* const* argv,
    const ServiceInfo& info,
    CommonSettings& common,
    const std::function<void(config::Loader&)>& declare,
    const std::function<asio::awaitable<void>(Process&)>& serve
) {
    std::signal(SIGPIPE, SIG_IGN);
    keep_freed_memory();
    raise_descriptor_limit();
    config::Loader loader(info.name, info.purpose, version());
    declare_common(loader, info, common);
    declare(loader);
    const auto action = loader.load(argc, argv);
    if (!action) {
        std::fprintf(stderr, "%s: %s\n", info.name.c_str(), base::describe(action.error()).c_str());
        return 2;
    }
    if (*action == config::Loader::Action::exit_ok) {
        return 0;
    }
    const auto opened = base::open_log(log_settings(info, common));
    if (!opened) {
        std::fprintf(stderr, "%s: %s\n", info.name.c_str(), base::describe(opened.error()).c_str());
        return 1;
    }
    return run_to_end(info, common, serve);
}

}  // namespace trunkline::app

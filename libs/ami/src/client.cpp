#include "ami/client.hpp"

#include <map>
#include <utility>

#include "base/ids.hpp"
#include "base/log.hpp"
#include "connection.hpp"
#include "event_feed.hpp"
#include "net/event.hpp"
#include "net/task_group.hpp"
#include "session.hpp"

namespace trunkline::ami {
namespace {

constexpr std::size_t read_size = std::size_t{16} << 10;
constexpr std::size_t longest_debug_line = 2000;

SessionSettings session_settings(const ClientSettings& settings) {
    return {
        .username = settings.username,
        .secret = settings.secret,
        .use_challenge = settings.use_challenge,
        .events = settings.events,
        .login_limit = settings.login_limit,
        .boot_limit = settings.boot_limit,
        .ping_after = settings.ping_after,
        .ping_limit = settings.ping_limit,
        .max_pending = settings.max_pending,
        .max_reply_bytes = settings.max_reply_bytes,
        .id_prefix = base::random_hex(4) + "-",
    };
}

std::string describe(const Message& message) {
    std::string text;
    for (std::size_t i = 0; i < message.size() && text.size() < longest_debug_line; ++i) {
        text += std::string(message[i].name) + ": " + std::string(message[i].value) + "; ";
    }
    return text.substr(0, longest_debug_line);
}

}  // namespace

std::string_view to_string(ClientState state) {
    switch (state) {
        case ClientState::stopped:
            return "stopped";
        case ClientState::connecting:
            return "connecting";
        case ClientState::logging_in:
            return "logging_in";
        case ClientState::ready:
            return "ready";
        case ClientState::waiting:
            return "waiting";
        case ClientState::refused:
            return "refused";
    }
    return "stopped";
}

struct Client::Impl {
    Impl(const asio::any_io_executor& executor_in, ClientSettings settings_in)
        : executor(executor_in),
          settings(std::move(settings_in)),
          logger("ami." + settings.name),
          feed(executor),
          changed(executor),
          output(executor),
          timers(executor),
          runner(executor, "ami." + settings.name),
          backoff(settings.reconnect),
          refused_backoff(settings.reconnect_refused),
          parser(settings.limits) {
        if (settings.use_tls) {
            tls.emplace(make_tls_context(settings));
        }
        base::add_log_secret(settings.secret);
    }

    /// One action's waiter; lives in the frame of send().
    struct Waiter {
        explicit Waiter(const asio::any_io_executor& executor) : done(executor) {}
        net::Event done;
        std::optional<base::Result<Reply>> result;
    };

    asio::awaitable<void> run();
    asio::awaitable<void> talk(std::unique_ptr<Connection> connection);
    asio::awaitable<void> open(std::optional<base::Result<std::unique_ptr<Connection>>>& opened);
    asio::awaitable<void> read(Connection& connection);
    asio::awaitable<void> write(Connection& connection);
    asio::awaitable<void> keep_time();
    std::chrono::milliseconds next_pause();
    void take_messages();
    void take_news(News news, const Message* message);
    void settle();
    void set_state(ClientState next);
    void note(std::string why);
    bool goes_on() const {
        return !is_closing && session && session->phase() != Session::Phase::over;
    }

    asio::any_io_executor executor;
    ClientSettings settings;
    base::Logger logger;
    std::optional<asio::ssl::context> tls;
    EventFeed feed;
    net::Event changed;  ///< Whatever run(), talk() and wait_ready() look at.
    net::Event output;   ///< The session has something to send.
    net::Event timers;   ///< The session's deadlines are others.
    net::TaskGroup runner;
    net::Backoff backoff;
    net::Backoff refused_backoff;
    Parser parser;
    std::unique_ptr<Session> session;  ///< There is one while talk() runs.
    std::map<std::uint64_t, Waiter*> waiters;
    ClientStatus status;
    std::uint64_t past_strays = 0;
    bool is_started = false;
    bool is_closing = false;
    bool was_refused = false;
    net::Event state_changed{executor};
};

Client::Client(const asio::any_io_executor& executor, ClientSettings settings)
    : impl_(std::make_unique<Impl>(executor, std::move(settings))) {}

Client::~Client() = default;

void Client::start() {
    if (!std::exchange(impl_->is_started, true)) {
        impl_->runner.spawn("run", impl_->run());
    }
}

asio::awaitable<void> Client::close() {
    impl_->is_closing = true;
    impl_->changed.notify();
    impl_->state_changed.notify();
    co_await impl_->runner.join();
    impl_->feed.close();
    impl_->set_state(ClientState::stopped);
}

void Client::Impl::set_state(ClientState next) {
    if (status.state != next) {
        status.state = next;
        status.since = base::system_clock().steady();
        state_changed.notify();
    }
}

void Client::Impl::note(std::string why) {
    if (!is_closing && why != status.last_error) {
        if (!settings.quiet) {
            logger.warning("{}", why);
        }
    }
    status.last_error = std::move(why);
}

/// Connects for ever. Nothing here is cancelled from outside: close() asks, and each step looks.
asio::awaitable<void> Client::Impl::run() {
    while (!is_closing) {
        set_state(ClientState::connecting);
        std::optional<base::Result<std::unique_ptr<Connection>>> opened;
        net::TaskGroup opening(executor, "ami.open");
        opening.spawn("open", open(opened));
        while (!opened && !is_closing) {
            co_await changed.wait();
        }
        opening.cancel();
        co_await opening.join();
        if (is_closing) {
            break;
        }
        was_refused = false;
        const auto began = base::system_clock().steady();
        if (opened && *opened) {
            co_await talk(std::move(**opened));
        } else if (opened) {
            note(opened->error().detail);
        }
        if (is_closing) {
            break;
        }
        if (base::system_clock().steady() - began >= settings.stable_after) {
            backoff.reset();
        }
        const auto pause = next_pause();
        logger.debug("connects again in {} ms", pause.count());
        const auto until = net::deadline_in(pause);
        while (!is_closing && base::system_clock().steady() < until) {
            co_await changed.wait_until(until);
        }
    }
}

std::chrono::milliseconds Client::Impl::next_pause() {
    set_state(was_refused ? ClientState::refused : ClientState::waiting);
    if (was_refused) {
        return refused_backoff.next();
    }
    refused_backoff.reset();
    return backoff.next();
}

asio::awaitable<void> Client::Impl::open(
    std::optional<base::Result<std::unique_ptr<Connection>>>& opened
) {
    const auto deadline = net::deadline_in(settings.connect_limit);
    opened = co_await Connection::open(settings, tls ? &*tls : nullptr, deadline);
    changed.notify();
}

/// One connection from its banner to its end.
asio::awaitable<void> Client::Impl::talk(std::unique_ptr<Connection> connection) {
    set_state(ClientState::logging_in);
    parser.reset();
    session = std::make_unique<Session>(session_settings(settings), base::system_clock().steady());
    status.banner.clear();
    status.booted = false;
    net::TaskGroup tasks(executor, "ami.talk");
    tasks.spawn("read", read(*connection));
    tasks.spawn("write", write(*connection));
    tasks.spawn("time", keep_time());
    while (goes_on()) {
        co_await changed.wait();
    }
    set_state(ClientState::waiting);
    tasks.cancel();
    co_await tasks.join();
    const bool was_over = session->phase() == Session::Phase::over;
    session->end("closed by us");
    settle();
    if (was_over) {
        note(session->why());
    }
    past_strays += session->strays();
    feed.lost(base::system_clock().now());
    session.reset();
}

asio::awaitable<void> Client::Impl::read(Connection& connection) {
    std::string error;
    while (goes_on()) {
        const auto bytes = co_await connection.read(parser.prepare(read_size), error);
        if (bytes == 0) {
            session->end(error);
            break;
        }
        parser.commit(bytes);
        take_messages();
    }
    changed.notify();
}

void Client::Impl::take_messages() {
    const auto now = base::system_clock().steady();
    while (auto message = parser.next()) {
        if (settings.debug) {
            logger.info("<- {}", describe(*message));
        }
        take_news(session->take(*message, now), &*message);
        if (session->phase() == Session::Phase::over) {
            break;
        }
    }
    settle();
}

void Client::Impl::take_news(News news, const Message* message) {
    const auto now = base::system_clock().now();
    switch (news) {
        case News::none:
            break;
        case News::event:
            if (message->is_cut()) {
                ++status.cut;
            } else {
                ++status.events;
                feed.publish(*message, now);
            }
            break;
        case News::ready:
        case News::booted:
            status.connections += news == News::ready ? 1 : 0;
            status.last_error.clear();
            if (!settings.quiet) {
                logger.info("connected to {}", session->banner());
            }
            feed.connected(now);
            set_state(ClientState::ready);
            break;
        case News::refused:
            was_refused = true;
            break;
        case News::broken:
            break;
    }
}

/// After anything that the session was told: hands out what has come of it.
void Client::Impl::settle() {
    for (auto& completion : session->take_completions()) {
        const auto found = waiters.find(completion.id);
        if (found != waiters.end()) {
            found->second->result.emplace(std::move(completion.result));
            found->second->done.notify();
            waiters.erase(found);
        }
    }
    if (session->has_output()) {
        output.notify();
    }
    timers.notify();
    if (!goes_on()) {
        changed.notify();
    }
}

asio::awaitable<void> Client::Impl::write(Connection& connection) {
    while (goes_on()) {
        std::string data = session->take_output();
        if (data.empty()) {
            co_await output.wait();
            continue;
        }
        const bool ok = co_await connection.write(std::move(data));
        if (!ok) {
            session->end("the connection takes no more");
        }
    }
    changed.notify();
}

asio::awaitable<void> Client::Impl::keep_time() {
    while (goes_on()) {
        // Deadlines move with each message; one that moved away costs a wake-up, no more.
        const auto deadline = session->next_deadline();
        co_await timers.wait_until(deadline);
        if (!goes_on()) {
            break;
        }
        const auto now = base::system_clock().steady();
        if (now >= session->next_deadline()) {
            take_news(session->tick(now), nullptr);
            settle();
        }
    }
    changed.notify();
}

asio::awaitable<base::Result<>> Client::wait_ready(net::Deadline deadline) {
    for (;;) {
        if (impl_->is_closing) {
            co_return base::fail(base::Errc::canceled, "the client is closing");
        }
        if (impl_->status.state == ClientState::ready) {
            co_return base::Result<>{};
        }
        if (impl_->status.state == ClientState::refused) {
            co_return base::fail(base::Errc::unauthorized, impl_->status.last_error);
        }
        const bool in_time = co_await impl_->state_changed.wait_until(deadline);
        if (!in_time) {
            co_return base::fail(base::Errc::timeout, "not connected in time");
        }
    }
}

asio::awaitable<base::Result<Reply>> Client::send(Action action, std::chrono::milliseconds limit) {
    if (impl_->is_closing) {
        co_return base::fail(base::Errc::canceled, "the client is closing");
    }
    if (!impl_->session || impl_->status.state != ClientState::ready) {
        co_return base::fail(base::Errc::unavailable, "the exchange is not connected");
    }
    const auto id = impl_->session->submit(action, net::deadline_in(limit));
    if (!id) {
        co_return std::unexpected(id.error());
    }
    if (impl_->settings.debug) {
        impl_->logger.info("-> {}", action.describe());
    }
    Impl::Waiter waiter(impl_->executor);
    impl_->waiters.emplace(*id, &waiter);
    struct Leave {
        Impl& impl;
        std::uint64_t id;
        ~Leave() {
            if (impl.waiters.erase(id) != 0 && impl.session) {
                impl.session->forget(id);
            }
        }
    } leave{*impl_, *id};
    impl_->output.notify();
    impl_->timers.notify();
    while (!waiter.result) {
        co_await waiter.done.wait();
    }
    if (!*waiter.result && impl_->is_closing) {
        co_return base::fail(base::Errc::canceled, "the client is closing");
    }
    co_return std::move(*waiter.result);
}

std::unique_ptr<Subscription> Client::subscribe(std::size_t capacity, Filter filter) {
    return impl_->feed.subscribe(capacity, std::move(filter), base::system_clock().now());
}

ClientStatus Client::status() const {
    ClientStatus status = impl_->status;
    status.missed = impl_->feed.missed();
    status.strays = impl_->past_strays;
    if (impl_->session) {
        status.banner = impl_->session->banner();
        status.booted = impl_->session->is_booted();
        status.pending = impl_->session->pending();
        status.response_time = impl_->session->response_time();
        status.strays += impl_->session->strays();
    }
    return status;
}

}  // namespace trunkline::ami

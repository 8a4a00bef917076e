#include "exchange.hpp"

#include <algorithm>
#include <optional>
#include <utility>

#include "base/log.hpp"
#include "base/text.hpp"
#include "deliverer.hpp"
#include "exchange_settings.hpp"
#include "figures.hpp"
#include "follower.hpp"
#include "net/sleep.hpp"
#include "net/task_group.hpp"
#include "poller.hpp"
#include "spool.hpp"
#include "tenants/enterprise.hpp"

namespace trunkline::pbx_gateway {
namespace {

using namespace std::chrono_literals;

constexpr auto try_again = 3s;
constexpr auto mirror_pause = 3s;
/// When it is closed: for what the exchange has said, and for ingest to take what waits.
constexpr auto last_words = 3s;
constexpr auto last_sends = 2s;
constexpr auto look = 20ms;
/// A file that was not written for so long is whole.
constexpr auto still_for = 3s;

/// In the clear; empty, and a line in the log, if it cannot be opened: who needs it refuses us.
std::string opened(
    const std::string& stored,
    const std::string& context,
    const crypto::SecretBox* box,
    const std::string& what
) {
    if (!crypto::SecretBox::is_sealed(stored)) {
        return stored;
    }
    const base::Logger logger("pbx");
    if (box == nullptr) {
        logger.error("{} is sealed, and SECRETS_KEY is not set", what);
        return "";
    }
    auto plain = box->open(stored, context);
    if (!plain) {
        logger.error("{} cannot be opened: {}", what, plain.error().detail);
        return "";
    }
    return std::move(*plain);
}

std::string signing_key(const ExchangeRow& row, const crypto::SecretBox* box) {
    tenants::Enterprise enterprise;
    enterprise.number = row.enterprise_number;
    enterprise.webhook_secret = row.webhook_secret;
    const auto keys = enterprise.webhook_keys(box);
    if (!keys) {
        base::Logger("pbx").error("{}: {}", row.id, keys.error().detail);
        return "";
    }
    return keys->empty() ? "" : keys->front();
}

journal::Settings spool_settings(const Exchange::Parts& parts, const std::string& id) {
    journal::Settings out;
    out.folder = parts.spools / base::percent_encode(id);
    out.max_bytes = parts.spool_max_bytes;
    return out;
}

/// Numbers that nobody else has used: a gateway that has none to go on from is not the first.
std::uint64_t fresh_numbers() {
    return static_cast<std::uint64_t>(base::system_clock().now().time_since_epoch().count());
}

}  // namespace

struct Exchange::State {
    State(
        const Parts& parts_in,
        ExchangeRow row_in,
        const ami::ClientSettings& client_settings,
        pbx::CallTrackerSettings tracker_settings_in
    )
        : parts(parts_in),
          row(std::move(row_in)),
          tracker_settings(std::move(tracker_settings_in)),
          figures(parts.registry, row.enterprise_number, row.id),
          client(parts.executor, client_settings),
          starting(parts.executor, row.id),
          following(parts.executor, row.id),
          working(parts.executor, row.id) {}

    asio::awaitable<void> run();
    asio::awaitable<void> open_spool();
    asio::awaitable<void> take_up();
    asio::awaitable<void> mirror();
    asio::awaitable<void> keep_mirror();
    bool is_whole(const Recording& recording) const;
    asio::awaitable<void> close();

    Parts parts;
    ExchangeRow row;
    pbx::CallTrackerSettings tracker_settings;
    Figures figures;
    base::Logger logger{"pbx"};
    ami::Client client;
    std::unique_ptr<Spool> spool;
    std::optional<Follower> follower;
    std::optional<Deliverer> deliverer;
    std::optional<Poller> poller;
    std::uint64_t mirrored = 0;
    net::TaskGroup starting;
    net::TaskGroup following;
    net::TaskGroup working;
};

Exchange::Exchange(std::unique_ptr<State> state) : state_(std::move(state)) {}

Exchange::~Exchange() = default;

base::Result<std::shared_ptr<Exchange>> Exchange::create(const Parts& parts, ExchangeRow row) {
    if (row.timezone.empty()) {
        row.timezone = parts.default_timezone;
    }
    auto client = client_settings(row);
    auto tracker = tracker_settings(row);
    if (!client || !tracker) {
        return std::unexpected(client ? tracker.error() : client.error());
    }
    client->secret = opened(
        row.secret, tenants::pbx_secret_context(row.id), parts.secrets, row.id + ": its secret"
    );
    base::add_log_secret(client->secret);
    return std::shared_ptr<Exchange>(
        new Exchange(std::make_unique<State>(parts, std::move(row), *client, std::move(*tracker)))
    );
}

void Exchange::start() { state_->starting.spawn("start", state_->run()); }

asio::awaitable<void> Exchange::State::run() {
    co_await open_spool();
    co_await take_up();
    const IngestClient::Sender sender{
        .pbx = row.id,
        .enterprise = row.enterprise_number,
        .signing_key = signing_key(row, parts.secrets)
    };
    follower.emplace(client, *spool, tracker_settings, row.recordings_path, figures, row.id);
    deliverer.emplace(*spool, parts.ingest, sender, figures);
    poller.emplace(client, *follower, figures);
    following.spawn("follow", follower->run());
    working.spawn("deliver", deliverer->run());
    working.spawn("recordings", deliverer->run_recordings([this](const Recording& recording) {
        return is_whole(recording);
    }));
    working.spawn("poll", poller->run());
    working.spawn("mirror", keep_mirror());
    client.start();
}

asio::awaitable<void> Exchange::State::open_spool() {
    for (;;) {
        spool = std::make_unique<Spool>(parts.executor, spool_settings(parts, row.id));
        const auto ready = co_await spool->open();
        if (ready) {
            co_return;
        }
        logger.error("{}: its spool: {}", row.id, base::describe(ready.error()));
        co_await spool->close();
        co_await net::sleep_for(try_again);
    }
}

/// Where the spool ends, unless another gateway has followed the exchange since.
asio::awaitable<void> Exchange::State::take_up() {
    const auto read = co_await parts.store.followed(row.id);
    const auto followed = read.value_or(std::nullopt);
    if (followed && followed->spool != spool->id()) {
        const auto document =
            json::parse(followed->open_calls, {.max_bytes = std::size_t{8} << 20, .max_depth = 16});
        auto calls = document ? OpenCalls::read(document->root())
                              : base::fail(base::Errc::malformed, "open calls");
        logger.info("{}: taken over from another gateway", row.id);
        spool->replace(calls ? std::move(*calls) : OpenCalls{}, fresh_numbers());
    } else if (spool->is_fresh()) {
        spool->replace({}, fresh_numbers());
    }
    const auto kept = co_await spool->checkpoint();
    if (!kept) {
        logger.error("{}: its spool: {}", row.id, base::describe(kept.error()));
    }
    co_await mirror();
}

asio::awaitable<void> Exchange::State::mirror() {
    const auto next_seq = spool->next_seq();
    if (next_seq == mirrored) {
        co_return;
    }
    json::Writer open;
    spool->calls().write(open);
    ExchangeStore::Followed followed{
        .spool = spool->id(), .next_seq = next_seq, .open_calls = open.take()
    };
    const auto kept = co_await parts.store.keep_followed(row.id, std::move(followed));
    if (kept) {
        mirrored = next_seq;
    }
}

asio::awaitable<void> Exchange::State::keep_mirror() {
    for (;;) {
        co_await net::sleep_for(mirror_pause);
        co_await mirror();
    }
}

bool Exchange::State::is_whole(const Recording& recording) const {
    if (parts.recordings_path.empty()) {
        return true;
    }
    const auto path =
        std::filesystem::path(parts.recordings_path) / row.enterprise_number / recording.file;
    std::error_code failure;
    const auto size = std::filesystem::file_size(path, failure);
    if (failure || size == 0) {
        return false;
    }
    const auto written = std::filesystem::last_write_time(path, failure);
    return !failure && std::filesystem::file_time_type::clock::now() - written >= still_for;
}

asio::awaitable<void> Exchange::close() { co_await state_->close(); }

asio::awaitable<void> Exchange::State::close() {
    starting.cancel();
    co_await starting.join();
    co_await client.close();
    co_await following.drain(net::deadline_in(last_words));
    const auto deadline = net::deadline_in(last_sends);
    while (deliverer && spool->waiting() > 0 && net::time_left(deadline) > net::Duration::zero()) {
        co_await net::sleep_for(look);
    }
    working.cancel();
    co_await working.join();
    if (follower) {
        const auto kept = co_await spool->checkpoint();
        if (!kept) {
            logger.error("{}: its spool: {}", row.id, base::describe(kept.error()));
        }
        co_await mirror();
    }
    if (spool) {
        co_await spool->close();
    }
    figures.connected.set(0);
}

void Exchange::show() {
    auto& state = *state_;
    const auto status = state.client.status();
    auto& figures = state.figures;
    figures.connected.set(status.state == ami::ClientState::ready ? 1 : 0);
    figures.response_seconds.set(std::chrono::duration<double>(status.response_time).count());
    figures.reconnects.set(static_cast<double>(status.connections));
    figures.dropped.set(static_cast<double>(status.missed + status.cut));
    if (state.follower) {
        figures.queue_depth.set(static_cast<double>(state.follower->waiting()));
        figures.calls.set(static_cast<double>(state.follower->calls()));
        figures.spool_events.set(static_cast<double>(state.spool->waiting()));
        figures.spool_bytes.set(static_cast<double>(state.spool->bytes()));
    }
}

const ExchangeRow& Exchange::row() const { return state_->row; }
ami::ClientStatus Exchange::status() const { return state_->client.status(); }

asio::awaitable<base::Result<ami::Reply>> Exchange::send(
    ami::Action action, std::chrono::milliseconds limit
) {
    auto reply = co_await state_->client.send(std::move(action), limit);
    co_return reply;
}

}  // namespace trunkline::pbx_gateway

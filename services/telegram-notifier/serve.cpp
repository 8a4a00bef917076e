#include "serve.hpp"

#include <optional>

#include "base/log.hpp"
#include "bot_api.hpp"
#include "bots.hpp"
#include "card_audience.hpp"
#include "card_store.hpp"
#include "card_updates.hpp"
#include "courier.hpp"
#include "digests.hpp"
#include "httpc/client.hpp"
#include "names.hpp"
#include "outbox/worker.hpp"
#include "pg/listener.hpp"
#include "pg/pool.hpp"
#include "recordings/link.hpp"
#include "routes.hpp"
#include "sender.hpp"
#include "stats.hpp"
#include "tenants/directory.hpp"
#include "update_handler.hpp"

namespace trunkline::telegram {
namespace {

httpc::Settings client_settings() {
    httpc::Settings settings;
    // As many as the sender has requests under way; the notifier speaks to two hosts only.
    settings.max_connections_per_host = 128;
    // One host for all bots: it is asked again soon.
    settings.breaker.open_for = std::chrono::milliseconds(2'000);
    return settings;
}

/// Each bot's long poll holds a connection.
httpc::Settings polling_client_settings() {
    httpc::Settings settings;
    settings.max_connections_per_host = 10'000;
    return settings;
}

Bots::Settings bots_settings(const Settings& settings, const pg::Settings& postgres) {
    Bots::Settings out;
    out.mode = settings.updates == "webhook" ? UpdateMode::webhook
               : settings.updates == "off"   ? UpdateMode::off
                                             : UpdateMode::poll;
    out.public_url = settings.common.public_url;
    out.postgres = postgres;
    out.postgres.pool_size = 1;
    return out;
}

std::optional<recordings::LinkSigner> signer_of(const Settings& settings) {
    auto signer = recordings::LinkSigner::from_secrets_key(settings.common.secrets_key);
    if (signer) {
        return std::move(*signer);
    }
    base::Logger("telegram")
        .info("no buttons for recordings: SECRETS_KEY: {}", signer.error().detail);
    return std::nullopt;
}

/// The locks' session lives beside the pool, so that it never waits for it.
pg::Settings lock_settings(pg::Settings settings) {
    settings.pool_size = 1;
    settings.application_name += " locks";
    return settings;
}

CardStoreSettings store_settings(const Settings& settings) {
    CardStoreSettings store;
    store.reply_window = settings.reply_window;
    store.stale_after = settings.stale_after;
    return store;
}

/// Telegram refuses a button whose address has no dot in its host.
bool can_be_button(const std::string& public_url) {
    const auto scheme = public_url.find("://");
    if (scheme == std::string::npos) {
        return false;
    }
    const auto host = public_url.substr(scheme + 3);
    return host.substr(0, host.find_first_of("/:")).find('.') != std::string::npos;
}

/// Links for people are signed, and stay the same for a day: each new one would be an edit.
std::function<std::string(const std::string&, const call::Call&)> signed_links(
    const Settings& settings
) {
    const auto signer = recordings::LinkSigner::from_secrets_key(settings.common.secrets_key);
    if (!signer) {
        return [](const std::string&, const call::Call&) { return std::string(); };
    }
    return [signer = *signer](const std::string& enterprise, const call::Call& call) {
        const auto today = std::chrono::floor<std::chrono::days>(base::system_clock().now());
        const recordings::Grant grant{
            enterprise, call.uuid, today + std::chrono::days(1) + recordings::default_validity
        };
        return signer.signed_link(call.record_url, grant);
    };
}

CardUpdatesSettings card_settings(const Settings& settings) {
    CardUpdatesSettings cards;
    cards.name_budget = settings.name_budget;
    cards.final_mode =
        settings.final_mode == "comment" ? call::FinalMode::comment : call::FinalMode::replace;
    cards.show_line = settings.show_line;
    cards.show_recording = settings.show_recording;
    cards.comment_recording =
        !settings.show_recording && !can_be_button(settings.common.public_url);
    cards.link = signed_links(settings);
    return cards;
}

}  // namespace

asio::awaitable<void> serve(app::Process& process, const Settings& settings) {
    const auto& executor = process.executor();
    const auto postgres = app::postgres_settings(service_info(), settings.common);
    pg::Pool pool(executor, postgres);
    pg::Listener listener(executor, postgres);
    tenants::Directory directory(executor, pool, listener);
    httpc::Client client(executor, client_settings(), process.metrics());
    BotApi api(client, settings.api_url, settings.request_timeout);
    Names names(executor, client, settings.names_url, settings.common.internal_token);
    CardStore store(pool, store_settings(settings));
    pg::Pool locks(executor, lock_settings(postgres));
    BotFigures figures(process.metrics());
    Stats stats(executor, pool, figures);
    Sender sender(executor, locks, listener, store, api, directory, figures, process.metrics());

    // People: what they are told besides cards, and what they do.
    Courier::Turns turns;
    turns.take = [&sender](auto bot, auto chat) { return sender.take_turn(bot, chat); };
    turns.block = [&sender](auto bot, auto chat, auto pause) { sender.block(bot, chat, pause); };
    turns.done = [&sender](auto bot, auto chat) { sender.turn_done(bot, chat); };
    Courier courier(api, std::move(turns), figures);
    PbxCalls pbx(executor, pool, client, settings.gateway_url, settings.common.internal_token);
    DigestStore digest_store(pool);
    Digests digests(executor, pool, digest_store, courier, directory, process.metrics());
    CardButtons buttons(settings.common.public_url, signer_of(settings), pbx);
    CardAudience audience(pool, digest_store, buttons);
    UpdateHandler people(executor, pool, directory, courier, pbx);
    httpc::Client polling_client(executor, polling_client_settings(), process.metrics());
    BotApi polling_api(polling_client, settings.api_url);
    PollerStore poller_store(pool);
    Bots bots(
        executor,
        bots_settings(settings, postgres),
        poller_store,
        polling_api,
        directory,
        people,
        figures
    );

    CardUpdates updates(
        executor,
        store,
        names,
        directory,
        audience,
        [&sender](
            std::int64_t bot, const CardKey& key, bool is_final, std::chrono::milliseconds hold
        ) { sender.wanted(bot, key, is_final, hold); },
        card_settings(settings)
    );
    outbox::Worker worker(
        executor,
        pool,
        listener,
        process.metrics(),
        CardUpdates::worker_settings(),
        [&updates](const outbox::Item& item) { return updates.take(item); }
    );

    process.watch(pool);
    co_await pool.open();
    co_await locks.open();
    listener.start();
    directory.start();
    stats.start();
    pbx.start();
    worker.start();
    sender.start();
    digests.start();
    bots.start();
    co_await process.serve_until_stopped(routes({store, stats, courier, directory, bots, people}));

    const auto deadline = process.drain_deadline();
    co_await bots.stop();
    co_await worker.drain(deadline);
    co_await updates.stop();
    co_await sender.drain(deadline);
    co_await digests.drain(deadline);
    co_await people.drain(deadline);
    co_await pbx.stop();
    co_await stats.stop();
    co_await names.stop();
    co_await directory.stop();
    co_await listener.stop();
    co_await polling_client.close();
    co_await client.close();
    co_await locks.close();
    co_await pool.close();
}

}  // namespace trunkline::telegram

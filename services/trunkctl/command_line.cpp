#include "command_line.hpp"

#include <CLI/CLI.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <memory>

#include "audit_commands.hpp"
#include "commands.hpp"
#include "config/loader.hpp"
#include "enterprise_options.hpp"
#include "name_commands.hpp"
#include "number_options.hpp"
#include "own_commands.hpp"
#include "pbx_commands.hpp"
#include "playback_commands.hpp"
#include "refused_commands.hpp"
#include "subscriber_commands.hpp"

namespace trunkline::trunkctl {
namespace {

struct Options {
    std::string database_url = "postgresql://127.0.0.1:5432/trunkline";
    std::string secrets_key;
    std::string public_url;
    std::string recordings_path;
    std::string ingest_url = "http://127.0.0.1:8000";
    std::string integration_cache_url = "http://127.0.0.1:8020";
    std::string admin_token;
    std::string internal_token;
    std::string retailcrm_url = "http://127.0.0.1:8019";
    std::string uon_url = "http://127.0.0.1:8022";
    std::string moysklad_url = "http://127.0.0.1:8023";
    std::string bitrix24_url = "http://127.0.0.1:8024";
    std::string emulator_url = "http://127.0.0.1:8025";
    std::string sandbox_url = "http://127.0.0.1:8029";
    std::string telegram_api_url = "https://api.telegram.org";
    bool json = false;
    bool needs_database = true;
};

asio::awaitable<base::Result<>> run_on_pool(
    const Options& options, asio::any_io_executor executor, Work work
) {
    pg::Settings settings;
    settings.url = options.database_url;
    settings.application_name = "trunkctl";
    settings.pool_size = 2;
    pg::Pool pool(std::move(executor), settings);
    if (options.needs_database) {
        co_await pool.open();
    }
    const Printer printer(options.json);
    Context context{
        .pool = pool,
        .out = printer,
        .secrets = {},
        .secrets_key = options.secrets_key,
        .public_url = options.public_url,
        .recordings_path = options.recordings_path,
        .ingest_url = options.ingest_url,
        .integration_cache_url = options.integration_cache_url,
        .admin_token = options.admin_token,
        .internal_token = options.internal_token,
        .connectors =
            {{"retailcrm", options.retailcrm_url},
             {"uon", options.uon_url},
             {"ms", options.moysklad_url},
             {"bitrix24", options.bitrix24_url}},
        .emulator_url = options.emulator_url,
        .sandbox_url = options.sandbox_url,
        .telegram_api_url = options.telegram_api_url
    };
    if (!options.secrets_key.empty()) {
        auto box = crypto::SecretBox::from_base64_key(options.secrets_key);
        if (!box) {
            co_await pool.close();
            co_return base::fail(base::Errc::invalid_input, "SECRETS_KEY: " + box.error().detail);
        }
        context.secrets = std::move(*box);
    }
    auto outcome = co_await work(context);
    co_await pool.close();
    co_return outcome;
}

int execute(const Options& options, const Work& work) {
    asio::io_context io(1);
    std::exception_ptr failure;
    base::Result<> outcome;
    asio::co_spawn(
        io,
        run_on_pool(options, io.get_executor(), work),
        [&](std::exception_ptr error, base::Result<> result) {
            failure = std::move(error);
            outcome = std::move(result);
        }
    );
    io.run();
    if (failure) {
        std::rethrow_exception(failure);
    }
    if (!outcome) {
        std::fprintf(stderr, "trunkctl: %s\n", base::describe(outcome.error()).c_str());
        return outcome.error().code == base::Errc::invalid_input ? 2 : 1;
    }
    return 0;
}

/// Settings come from the environment or .env as for the services; flags of trunkctl are its own.
base::Result<> read_settings(Options& options) {
    config::Loader loader("trunkctl", "The suite's command line.", "");
    loader.add_secret("DATABASE_URL", options.database_url, "PostgreSQL");
    loader.add_secret("SECRETS_KEY", options.secrets_key, "32 bytes in base64");
    loader.add("PUBLIC_URL", options.public_url, "address that links begin with");
    loader.add("RECORDINGS_PATH", options.recordings_path, "folder of recordings");
    loader.add("INGEST_URL", options.ingest_url, "where rejected events and dead letters are");
    loader.add(
        "INTEGRATION_CACHE_URL", options.integration_cache_url, "where the own CRM's contacts are"
    );
    loader.add_secret("ADMIN_TOKEN", options.admin_token, "of ingest and integration-cache");
    loader.add_secret("INTERNAL_TOKEN", options.internal_token, "of the services among themselves");
    loader.add("RETAILCRM_URL", options.retailcrm_url, "the RetailCRM connector");
    loader.add("UON_URL", options.uon_url, "the U-ON connector");
    loader.add("MOYSKLAD_URL", options.moysklad_url, "the MoySklad connector");
    loader.add("BITRIX24_URL", options.bitrix24_url, "the Bitrix24 connector");
    loader.add("CALL_EMULATOR_URL", options.emulator_url, "where calls are played");
    loader.add("SANDBOX_URL", options.sandbox_url, "bots and CRMs of load enterprises");
    loader.add("TELEGRAM_API_URL", options.telegram_api_url, "root of the Bot API, for invites");
    const char* arguments[] = {"trunkctl"};
    const auto loaded = loader.load(1, arguments);
    if (!loaded) {
        return std::unexpected(loaded.error());
    }
    return {};
}

void add_people_commands(CLI::App& app, Work& work) {
    auto number = std::make_shared<std::string>();
    auto chat = std::make_shared<std::int64_t>();
    auto* subscriber =
        app.add_subcommand("subscriber", "who sees calls in Telegram")->require_subcommand(1);
    add_subscriber_commands(*subscriber, work);
    auto* add_chat = subscriber->add_subcommand("add", "add a chat");
    add_chat->add_option("number", *number, "enterprise")->required();
    add_chat->add_option("--chat", *chat, "Telegram's chat id")->required();
    add_chat->callback([=, &work] {
        work = [=](Context& c) { return add_subscriber(c, *number, *chat); };
    });
}

void add_recording_commands(CLI::App& app, Work& work) {
    auto* recording = app.add_subcommand("recording", "recordings of calls")->require_subcommand(1);
    auto uuid = std::make_shared<std::string>();
    auto* revoke = recording->add_subcommand("revoke", "close the links to one for good");
    revoke->add_option("uuid", *uuid, "the call's uuid")->required();
    revoke->callback([=, &work] { work = [=](Context& c) { return revoke_recording(c, *uuid); }; });
    auto* restore = recording->add_subcommand("restore", "open revoked links again");
    restore->add_option("uuid", *uuid, "the call's uuid")->required();
    restore->callback([=, &work] { work = [=](Context& c) { return restore_recording(c, *uuid); }; }
    );

    auto days = std::make_shared<int>(30);
    auto* link = recording->add_subcommand("link", "print a signed link");
    link->add_option("uuid", *uuid, "the call's uuid")->required();
    link->add_option("--days", *days, "how long it lasts")
        ->check(CLI::Range(1, 3650))
        ->capture_default_str();
    link->callback([=, &work] {
        work = [=](Context& c) { return link_recording(c, *uuid, *days); };
    });

    auto number = std::make_shared<std::string>();
    auto* orphans =
        recording->add_subcommand("orphans", "files without a call, calls without a file");
    orphans->add_option("--enterprise", *number, "its number")->required();
    orphans->add_option("--days", *days, "calls of how many days")
        ->check(CLI::Range(1, 3650))
        ->capture_default_str();
    orphans->callback([=, &work] {
        work = [=](Context& c) { return list_recording_orphans(c, *number, *days); };
    });

    auto links = std::make_shared<std::string>();
    auto url = std::make_shared<std::string>();
    auto* set = recording->add_subcommand("set", "which calls get links, where recordings are");
    set->add_option("--enterprise", *number, "its number")->required();
    set->add_option("--links", *links, "answered, all or none")
        ->check(CLI::IsMember({"answered", "all", "none"}));
    set->add_option("--url", *url, "https://.../{date}/{unique_id}.mp3; - takes it away");
    set->callback([=, &work] {
        work = [=](Context& c) { return set_recordings(c, *number, *links, *url); };
    });
}

void add_suite_commands(CLI::App& app, Work& work) {
    app.add_subcommand("migrate", "bring the database's schema up to date")->callback([&work] {
        work = migrate;
    });
    auto sandbox_url = std::make_shared<std::string>("http://127.0.0.1:8029");
    auto* demo = app.add_subcommand("load-demo", "the demo enterprise 0367, played by the sandbox");
    demo->add_option("--sandbox-url", *sandbox_url)->capture_default_str();
    demo->callback([sandbox_url, &work] {
        work = [sandbox_url](Context& c) { return load_demo(c, *sandbox_url); };
    });
}

void add_audit_commands(CLI::App& app, Work& work) {
    auto options = std::make_shared<LedgerOptions>();
    auto* ledger = app.add_subcommand("ledger", "what came of each exchange's events, by hour");
    ledger->add_option("--enterprise", options->enterprise, "number, Token or name");
    ledger->add_option("--pbx", options->pbx, "the exchange's own name (X-PBX-Id)");
    ledger->add_option("--from", options->from, "ISO 8601 with zone; a day before --to");
    ledger->add_option("--to", options->to, "ISO 8601 with zone; now");
    ledger->callback([options, &work] {
        work = [options](Context& c) { return show_ledger(c, *options); };
    });

    auto call = std::make_shared<std::string>();
    auto enterprise = std::make_shared<std::optional<std::string>>();
    auto* explain = app.add_subcommand("explain", "the whole story of one call");
    explain->add_option("call", *call, "its uuid, or a UniqueId of its events")->required();
    explain->add_option("--enterprise", *enterprise, "number, Token or name");
    explain->callback([=, &work] {
        work = [=](Context& c) { return explain_call(c, *call, *enterprise); };
    });
}

int parse_and_execute(int argc, char** argv) {
    Options options;
    Work work;
    CLI::App app("The command line of Trunkline", "trunkctl");
    app.require_subcommand(1);
    app.add_flag("--json", options.json, "print JSON");
    app.fallthrough();
    add_suite_commands(app, work);
    add_enterprise_commands(app, work);
    add_people_commands(app, work);
    add_name_commands(app, work);
    add_own_commands(app, work);
    add_number_commands(app, work);
    add_recording_commands(app, work);
    add_audit_commands(app, work);
    add_pbx_commands(app, work);
    add_refused_commands(app, work);
    add_playback_commands(app, work);
    try {
        app.parse(argc, argv);
    } catch (const CLI::ParseError& error) {
        const int code = app.exit(error);
        return code == 0 ? 0 : 2;
    }
    // Those ask for it themselves if they need it.
    options.needs_database = !app.got_subcommand("replay") && !app.got_subcommand("emulate");
    if (const auto read = read_settings(options); !read) {
        std::fprintf(stderr, "trunkctl: %s\n", base::describe(read.error()).c_str());
        return 2;
    }
    return execute(options, work);
}

}  // namespace

int run(int argc, char** argv) {
    try {
        return parse_and_execute(argc, argv);
    } catch (const std::exception& error) {
        std::fprintf(stderr, "trunkctl: %s\n", error.what());
        return 1;
    }
}

}  // namespace trunkline::trunkctl

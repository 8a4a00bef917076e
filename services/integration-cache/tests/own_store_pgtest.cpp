#include <boost/asio/this_coro.hpp>
#include <functional>

#include "net/sleep.hpp"
#include "own_calls.hpp"
#include "own_store.hpp"
#include "pg/listener.hpp"
#include "pg/migrate.hpp"
#include "schema/schema.hpp"
#include "testing/catch.hpp"
#include "testing/postgres.hpp"
#include "testing/run.hpp"

using namespace trunkline;
using namespace trunkline::integration_cache;
using namespace std::chrono_literals;

namespace {

using Mode = OwnStore::Mode;

constexpr auto uuid = "01890a5d-ac96-774b-bcce-b302099a8057";

/// A migrated database with the enterprises 0367 and 0368.
struct Scene {
    explicit Scene(asio::any_io_executor executor_in)
        : executor(std::move(executor_in)),
          settings(settings_of(database)),
          pool(executor, settings),
          listener(executor, settings),
          store(pool),
          calls(pool) {
        for (const auto* channel : {"customer_renamed", "names_forgotten"}) {
            listener.on(channel, [this](const std::string& payload) { rung.push_back(payload); });
        }
    }

    static pg::Settings settings_of(const testing::ScratchDatabase& database) {
        pg::Settings out;
        out.url = database.url();
        return out;
    }

    asio::awaitable<void> open() {
        co_await pool.open();
        const auto migrated = co_await pg::migrate(pool, schema::migrations());
        REQUIRE(migrated);
        co_await sql("INSERT INTO enterprises (number, name2) VALUES ('0367', 'a'), ('0368', 'b')");
        listener.start();
        co_await until_rung("ready", "SELECT pg_notify('names_forgotten', 'ready')");
    }
    asio::awaitable<void> close() {
        co_await listener.stop();
        co_await pool.close();
    }

    asio::awaitable<std::string> sql(std::string text) {
        const auto rows = co_await pool.execute(std::move(text));
        REQUIRE(rows);
        co_return rows->empty() ? "" : std::string(rows->front().optional_text(0).value_or(""));
    }
    /// Repeats `text` until the bell says `payload`.
    asio::awaitable<void> until_rung(std::string payload, std::string text) {
        const auto limit = net::deadline_in(15s);
        while (std::ranges::find(rung, payload) == rung.end()) {
            REQUIRE(net::time_left(limit) > 0s);
            co_await sql(text);
            co_await net::sleep_for(20ms);
        }
        rung.clear();
    }
    asio::awaitable<void> wait_for_bell(std::string payload) {
        co_await until_rung(std::move(payload), "SELECT 1");
    }

    asio::awaitable<OwnContact> keep(
        std::string enterprise, std::string id, ContactChange change, Mode mode = Mode::put
    ) {
        const auto kept = co_await store.keep_contact(
            std::move(enterprise), std::move(id), std::move(change), mode
        );
        REQUIRE(kept);
        co_return kept->one;
    }
    asio::awaitable<std::optional<Customer>> who(std::string enterprise, std::string phone) {
        const auto found = co_await store.customer_of(
            std::move(enterprise), std::move(phone), net::deadline_in(5s)
        );
        REQUIRE(found);
        co_return *found;
    }
    asio::awaitable<void> expect_calls(
        std::string enterprise, OwnCalls::Filter filter, std::size_t count
    ) {
        const auto page = co_await calls.list(std::move(enterprise), std::move(filter));
        REQUIRE(page);
        CHECK(json::parse(*page).value().root().find("items")->size() == count);
    }
    asio::awaitable<void> expect_sql(std::string text, std::string expected) {
        const auto value = co_await sql(std::move(text));
        CHECK(value == expected);
    }

    testing::ScratchDatabase database;
    asio::any_io_executor executor;
    pg::Settings settings;
    pg::Pool pool;
    pg::Listener listener;
    OwnStore store;
    OwnCalls calls;
    std::vector<std::string> rung;
};

void play(std::function<asio::awaitable<void>(Scene&)> body) {
    testing::run([body]() -> asio::awaitable<void> {
        const auto executor = co_await asio::this_coro::executor;
        Scene scene(executor);
        co_await scene.open();
        co_await body(scene);
        co_await scene.close();
    }());
}

ContactChange change_of(std::string name, std::string company, std::vector<std::string> keys) {
    ContactChange change;
    change.name = std::move(name);
    change.company = std::move(company);
    change.numbers.emplace();
    for (auto& key : keys) {
        const auto number = "+" + key;
        change.numbers->push_back({std::move(key), number});
    }
    return change;
}

ImportedContact line_of(
    std::size_t line, std::string name, std::string company, std::vector<std::string> keys
) {
    ImportedContact contact;
    contact.line = line;
    contact.name = std::move(name);
    contact.company = std::move(company);
    contact.numbers = *change_of("", "", std::move(keys)).numbers;
    return contact;
}

OwnCalls::Filter of_contact(std::string id) {
    OwnCalls::Filter filter;
    filter.contact_id = std::move(id);
    return filter;
}
OwnCalls::Filter of_company(std::string id) {
    OwnCalls::Filter filter;
    filter.company_id = std::move(id);
    return filter;
}
OwnCalls::Filter of_phone(std::string key) {
    OwnCalls::Filter filter;
    filter.phone = std::move(key);
    return filter;
}

contract::ConnectorEvent hangup(std::string enterprise) {
    contract::ConnectorEvent event;
    event.enterprise_number = std::move(enterprise);
    event.kind = call::DispatchKind::hangup;
    event.call.uuid = uuid;
    event.call.phone = "+375296254070";
    event.call.rang = {"151", "152"};
    event.call.talkers = {"151"};
    event.call.phase = call::Phase::done;
    event.call.answered = true;
    event.call.started_at = *base::parse_iso8601("2026-01-15T09:00:00Z");
    event.call.ended_at = event.call.started_at + 30s;
    event.call.talk_s = 20;
    event.call.revision = 5;
    return event;
}

}  // namespace

TEST_CASE("two enterprises share ids and numbers and see nothing of each other", "[own][pg]") {
    play([](Scene& scene) -> asio::awaitable<void> {
        auto petrov = change_of("Петров Иван", "Ромашка", {"375296254070"});
        petrov.responsible = "150";
        co_await scene.keep("0367", "1", std::move(petrov));
        co_await scene.keep("0368", "1", change_of("Чужой", "Ромашка", {"375296254070"}));
        const auto ours = co_await scene.who("0367", "375296254070");
        REQUIRE(ours);
        CHECK(ours->name == "Петров Иван");
        CHECK(ours->company == "Ромашка");
        CHECK(ours->responsible_extension == "150");
        CHECK(ours->source == "own");
        const auto theirs = co_await scene.who("0368", "375296254070");
        CHECK(theirs->name == "Чужой");
        const auto recorded = co_await scene.calls.record(hangup("0367"));
        CHECK(recorded.result == contract::ConnectorAnswer::Result::done);
        co_await scene.expect_calls("0368", of_contact("1"), 0);

        // What one does to its own touches nothing of the other's.
        const auto gone = co_await scene.store.remove_contact("0368", "1");
        CHECK(gone);
        const auto still = co_await scene.store.contact("0367", "1");
        REQUIRE(still);
        CHECK(still->numbers == std::vector<std::string>{"+375296254070"});
        const auto nobody = co_await scene.who("0368", "375296254070");
        CHECK_FALSE(nobody);
        const auto not_theirs =
            co_await scene.store.keep_contact("0368", "1", change_of("x", "", {}), Mode::patch);
        REQUIRE_FALSE(not_theirs);
        CHECK(not_theirs.error().code == base::Errc::not_found);
    });
}

TEST_CASE("a number names one contact, and a company has one name", "[own][pg]") {
    play([](Scene& scene) -> asio::awaitable<void> {
        co_await scene.keep("0367", "1", change_of("Анна", "ООО Ромашка", {"375296254070"}));
        const auto taken = co_await scene.store.keep_contact(
            "0367", "2", change_of("Пётр", "", {"375296254071", "375296254070"}), Mode::put
        );
        REQUIRE_FALSE(taken);
        CHECK(taken.error().code == base::Errc::conflict);
        REQUIRE(taken.error().fields.size() == 1);
        CHECK(taken.error().fields[0].path == "/phones");
        CHECK_THAT(taken.error().fields[0].detail, ContainsSubstring("belongs to the contact 1"));
        const auto left = co_await scene.store.contact("0367", "2");
        CHECK_FALSE(left);

        // Russian letters have cases too.
        const auto same =
            co_await scene.keep("0367", "3", change_of("", "ооо ромашка", {"375296254072"}));
        CHECK(same.company == "ООО Ромашка");
        const auto companies = co_await scene.sql("SELECT count(*) FROM own_companies");
        CHECK(companies == "1");
        const auto twin = co_await scene.store.keep_company(
            "0367", "other", {.name = "ооо РОМАШКА", .responsible = {}, .note = {}}, Mode::put
        );
        REQUIRE_FALSE(twin);
        CHECK(twin.error().code == base::Errc::conflict);

        const auto nobody =
            co_await scene.store.keep_contact("0367", "4", change_of("", "", {}), Mode::put);
        REQUIRE_FALSE(nobody);
        CHECK(nobody.error().fields.front().path == "/name");

        // Who had but the company's name keeps it.
        const auto removed = co_await scene.store.remove_company("0367", same.company_id);
        CHECK(removed);
        const auto named = co_await scene.store.contact("0367", "3");
        REQUIRE(named);
        CHECK(named->name == "ООО Ромашка");
        CHECK(named->company_id.empty());
    });
}

TEST_CASE("a patch changes what it names, and lists have pages", "[own][pg]") {
    play([](Scene& scene) -> asio::awaitable<void> {
        for (const auto* name : {"Вера", "Анна", "Борис"}) {
            co_await scene.keep("0367", name, change_of(name, "Ёлка", {}));
        }
        ContactChange change;
        change.note = "100% VIP_клиент";
        co_await scene.keep("0367", "Анна", change, Mode::patch);
        OwnStore::ContactFilter filter;
        filter.page.limit = 2;
        std::string seen;
        for (int pages = 0; pages < 3; ++pages) {
            const auto page = co_await scene.store.contacts("0367", filter);
            REQUIRE(page);
            const auto document = json::parse(*page).value();
            for (const auto item : document.root().find("items")->elements()) {
                seen += std::string(*item.find("name")->string()) + " ";
            }
            const auto next = document.root().find("next")->string();
            if (!next) {
                break;
            }
            filter.page.cursor = std::string(*next);
        }
        CHECK(seen == "Анна Борис Вера ");
        const auto found =
            [&scene](std::string words, std::size_t expected) -> asio::awaitable<void> {
            OwnStore::ContactFilter wanted;
            wanted.words = std::move(words);
            const auto page = co_await scene.store.contacts("0367", wanted);
            REQUIRE(page);
            CHECK(json::parse(*page).value().root().find("items")->size() == expected);
        };
        co_await found("vip_К", 1);
        co_await found("100%", 1);
        co_await found("%", 1);
        co_await found("ёлка", 3);
        filter.page.cursor = "nonsense";
        const auto refused = co_await scene.store.contacts("0367", filter);
        CHECK_FALSE(refused);
    });
}

TEST_CASE("an import makes, changes and keeps contacts, or does nothing", "[own][pg]") {
    play([](Scene& scene) -> asio::awaitable<void> {
        ContactImport import;
        import.contacts.push_back(line_of(2, "Анна", "Ёлка", {"375296254070"}));
        import.contacts.push_back(line_of(3, "Борис", "ёлка", {"375296254071"}));
        const auto tried = co_await scene.store.import("0367", import, {.dry_run = true});
        REQUIRE(tried);
        CHECK(tried->created == 2);
        co_await scene.expect_sql("SELECT count(*) FROM own_contacts", "0");
        const auto first = co_await scene.store.import("0367", import, {});
        REQUIRE(first);
        CHECK(first->created == 2);
        CHECK(first->companies == 1);
        const auto again = co_await scene.store.import("0367", import, {});
        REQUIRE(again);
        CHECK(again->unchanged == 2);

        ContactImport next;
        next.contacts.push_back(line_of(2, "", "Анна и Ко", {"375296254070", "375173880001"}));
        next.contacts.push_back(line_of(3, "Оба", "", {"375173880001", "375296254071"}));
        next.contacts.push_back(line_of(4, "Оба", "", {"375296254070", "375296254071"}));
        next.bad.push_back({5, "phone is empty"});
        const auto refused = co_await scene.store.import("0367", next, {});
        REQUIRE_FALSE(refused);
        REQUIRE(refused.error().fields.size() == 2);
        CHECK(refused.error().fields[0].path == "line 4");
        CHECK_THAT(refused.error().fields[0].detail, ContainsSubstring("belong to the contacts"));
        CHECK(refused.error().fields[1].path == "line 5");
        next.contacts.erase(next.contacts.begin() + 1);
        const auto partly = co_await scene.store.import("0367", next, {.skip_bad = true});
        REQUIRE(partly);
        CHECK(partly->updated == 1);
        CHECK(partly->bad.size() == 2);
        const auto anna = co_await scene.who("0367", "375173880001");
        REQUIRE(anna);
        CHECK(anna->name == "Анна");
        CHECK(anna->company == "Анна и Ко");
    });
}

TEST_CASE("who changes a name rings the bell for its numbers", "[own][pg]") {
    play([](Scene& scene) -> asio::awaitable<void> {
        const auto bell = std::string(R"(["0367", "375296254070"])");
        auto contact = co_await scene.keep("0367", "1", change_of("А", "Ёлка", {"375296254070"}));
        co_await scene.wait_for_bell(bell);
        ContactChange renamed;
        renamed.name = "Б";
        co_await scene.keep("0367", "1", renamed, Mode::patch);
        co_await scene.wait_for_bell(bell);
        const auto company = co_await scene.store.keep_company(
            "0367", contact.company_id, {.name = {}, .responsible = "150", .note = {}}, Mode::patch
        );
        REQUIRE(company);
        co_await scene.wait_for_bell(bell);
        const auto removed = co_await scene.store.remove_company("0367", contact.company_id);
        REQUIRE(removed);
        co_await scene.wait_for_bell(bell);
        const auto gone = co_await scene.store.remove_contact("0367", "1");
        REQUIRE(gone);
        co_await scene.wait_for_bell(bell);
        // Many at once ring for the whole enterprise.
        ContactImport import;
        for (int i = 0; i < 60; ++i) {
            import.contacts.push_back(line_of(
                static_cast<std::size_t>(i) + 2, "N", "", {std::to_string(375296254000 + i)}
            ));
        }
        const auto imported = co_await scene.store.import("0367", std::move(import), {});
        REQUIRE(imported);
        co_await scene.wait_for_bell("0367");
    });
}

TEST_CASE("a call is recorded once, corrected by later states, never by earlier", "[own][pg]") {
    play([](Scene& scene) -> asio::awaitable<void> {
        using Result = contract::ConnectorAnswer::Result;
        auto event = hangup("0367");
        const auto first = co_await scene.calls.record(event);
        CHECK(first.result == Result::done);
        const auto repeat = co_await scene.calls.record(event);
        CHECK(repeat.result == Result::duplicate);
        event.kind = call::DispatchKind::update;
        event.call.revision = 7;
        event.call.talk_s = 42;
        event.call.talkers = {"151", "152"};
        event.call.corrected = true;
        const auto update = co_await scene.calls.record(event);
        CHECK(update.detail == "corrected");
        const auto late = co_await scene.calls.record(hangup("0367"));
        CHECK(late.result == Result::duplicate);
        co_await scene.expect_sql(
            "SELECT count(*) || ' ' || max(talk_s) || ' ' || max(extension) "
            "FROM own_calls",
            "1 42 152"
        );

        // The call was before the contact.
        auto contact =
            co_await scene.keep("0367", "1", change_of("Анна", "Ёлка", {"375296254070"}));
        co_await scene.expect_calls("0367", of_contact("1"), 1);
        co_await scene.expect_calls("0367", of_company(contact.company_id), 1);
        co_await scene.expect_calls("0367", of_phone("375296254070"), 1);
        // What is recorded while the number is hers stays hers when it goes to somebody else.
        event = hangup("0367");
        event.call.uuid = "01890a5d-ac96-774b-bcce-b302099a8058";
        const auto second = co_await scene.calls.record(event);
        CHECK(second.result == Result::done);
        co_await scene.keep("0367", "1", change_of("Анна", "Ёлка", {}));
        co_await scene.keep("0367", "2", change_of("Борис", "", {"375296254070"}));
        co_await scene.expect_calls("0367", of_contact("1"), 1);
        co_await scene.expect_calls("0367", of_contact("2"), 1);
        OwnCalls::Filter page;
        page.page.limit = 1;
        const auto newest = co_await scene.calls.list("0367", page);
        REQUIRE(newest);
        const auto document = json::parse(*newest).value();
        page.page.cursor = std::string(*document.root().find("next")->string());
        co_await scene.expect_calls("0367", page, 1);
        // Calls outlive their contacts.
        const auto gone = co_await scene.store.remove_contact("0367", "1");
        CHECK(gone);
        co_await scene.expect_sql("SELECT count(*) FROM own_calls WHERE contact_id IS NULL", "2");
    });
}

#include "telegram_updates.hpp"

#include <boost/asio/this_coro.hpp>

#include "json/document.hpp"
#include "telegram_api.hpp"
#include "testing/catch.hpp"
#include "testing/fake_clock.hpp"
#include "testing/run.hpp"

using namespace trunkline;
using namespace trunkline::sandbox;

namespace {

constexpr std::int64_t bot = 1000367;

/// The ids that a getUpdates without waiting gives.
std::vector<std::int64_t> ids(TelegramUpdates& updates, const Parameters& parameters) {
    const auto answer = updates.get(bot, parameters, updates.begin(bot, parameters));
    REQUIRE(answer.status == 200);
    const auto document = json::parse(answer.body);
    REQUIRE(document);
    std::vector<std::int64_t> out;
    for (const auto update : document->root().find("result")->elements()) {
        out.push_back(*update.find("update_id")->integer());
    }
    return out;
}

/// Runs `body` with the updates of one sandbox.
void with_updates(const std::function<asio::awaitable<void>(TelegramUpdates&)>& body) {
    const auto whole = [&]() -> asio::awaitable<void> {
        const auto executor = co_await asio::this_coro::executor;
        TelegramUpdates updates(executor, base::system_clock());
        co_await body(updates);
    };
    testing::run(whole());
}

}  // namespace

TEST_CASE("an offset confirms what came before, a negative one keeps the last", "[sandbox]") {
    with_updates([](TelegramUpdates& updates) -> asio::awaitable<void> {
        std::vector<std::int64_t> added;
        for (int i = 0; i < 4; ++i) {
            added.push_back(updates.add(bot, "message", "{}").value());
        }
        CHECK(ids(updates, {}) == added);
        CHECK(ids(updates, {{"limit", "2"}}).size() == 2);
        CHECK(ids(updates, {{"offset", std::to_string(added[1] + 1)}}).size() == 2);
        CHECK(ids(updates, {}).size() == 2);
        CHECK(ids(updates, {{"offset", "-1"}}) == std::vector{added[3]});
        CHECK(ids(updates, {}) == std::vector{added[3]});
        co_return;
    });
}

TEST_CASE(
    "a bot gets only the kinds of updates that it asked for, until it says otherwise", "[sandbox]"
) {
    with_updates([](TelegramUpdates& updates) -> asio::awaitable<void> {
        ids(updates, {{"allowed_updates", R"(["callback_query"])"}});
        CHECK_FALSE(updates.add(bot, "message", "{}"));
        ids(updates, {});
        CHECK_FALSE(updates.add(bot, "message", "{}"));
        CHECK(updates.add(bot, "callback_query", "{}"));
        ids(updates, {{"allowed_updates", "[]"}});
        CHECK(updates.add(bot, "message", "{}"));
        co_return;
    });
}

TEST_CASE("of two pollers the older ends with 409, and a webhook ends all", "[sandbox]") {
    with_updates([](TelegramUpdates& updates) -> asio::awaitable<void> {
        const auto older = updates.begin(bot, {});
        const auto younger = updates.begin(bot, {});
        const auto ended = updates.get(bot, {}, older);
        CHECK(ended.status == 409);
        CHECK_THAT(ended.body, ContainsSubstring("terminated by other getUpdates request"));
        CHECK(updates.get(bot, {}, younger).status == 200);
        CHECK(updates.set_webhook(bot, {{"url", "http://127.0.0.1:1/x"}}).status == 200);
        const auto refused = updates.get(bot, {}, younger);
        CHECK(refused.status == 409);
        CHECK_THAT(refused.body, ContainsSubstring("while webhook is active"));
        CHECK_THAT(updates.webhook_info(bot).body, ContainsSubstring("http://127.0.0.1:1/x"));
        CHECK(updates.delete_webhook(bot, {}).status == 200);
        CHECK(ids(updates, {}).empty());
        co_return;
    });
}

TEST_CASE("a long poll ends when something happens, else at its timeout", "[sandbox]") {
    with_updates([](TelegramUpdates& updates) -> asio::awaitable<void> {
        const Parameters parameters{{"timeout", "1"}};
        const auto begun = std::chrono::steady_clock::now();
        const auto turn = updates.begin(bot, parameters);
        co_await updates.wait(bot, parameters, turn);
        CHECK(std::chrono::steady_clock::now() - begun >= std::chrono::milliseconds(950));
        CHECK(updates.get(bot, parameters, turn).body == R"({"ok":true,"result":[]})");
        updates.add(bot, "message", "{}");
        const Parameters patient{{"timeout", "50"}};
        const auto next = updates.begin(bot, patient);
        co_await updates.wait(bot, patient, next);
        CHECK(updates.get(bot, patient, next).body != R"({"ok":true,"result":[]})");
    });
}

TEST_CASE("webhooks are refused when their parameters are wrong", "[sandbox]") {
    with_updates([](TelegramUpdates& updates) -> asio::awaitable<void> {
        CHECK(updates.set_webhook(bot, {{"url", "ftp://x"}}).status == 400);
        CHECK(
            updates.set_webhook(bot, {{"url", "https://x.by/"}, {"secret_token", "ä"}}).status ==
            400
        );
        CHECK(
            updates.set_webhook(bot, {{"url", "https://x.by/"}, {"max_connections", "0"}}).status ==
            400
        );
        co_return;
    });
}

TEST_CASE("a press can be answered once, by its own bot, with 200 characters", "[sandbox]") {
    with_updates([](TelegramUpdates& updates) -> asio::awaitable<void> {
        const auto id = updates.press(bot, 5, "x");
        CHECK(updates.answer_press(bot + 1, {{"callback_query_id", id}}).status == 400);
        std::string long_text;
        for (int i = 0; i < 201; ++i) {
            long_text += "ж";
        }
        CHECK(
            updates.answer_press(bot, {{"callback_query_id", id}, {"text", long_text}}).status ==
            400
        );
        CHECK(updates.answer_press(bot, {{"callback_query_id", id}, {"text", "ok"}}).status == 200);
        const auto again = updates.answer_press(bot, {{"callback_query_id", id}});
        CHECK_THAT(again.body, ContainsSubstring("query is too old"));
        CHECK(updates.presses().back().answer == "ok");
        co_return;
    });
}

TEST_CASE("a bot that is blocked cannot write, and buttons have their rules", "[sandbox]") {
    testing::FakeClock clock;
    TelegramApi api(clock);
    const std::string token = "1000367:sandbox-demo-bot-token-AAAAAAAAAAAAAAA";
    const auto send = [&](const std::string& markup) {
        return api.call(
            token, "sendMessage", {{"chat_id", "5"}, {"text", "x"}, {"reply_markup", markup}}
        );
    };
    const auto button = [](const std::string& inside) {
        return R"({"inline_keyboard":[[{"text":"a",)" + inside + "}]]}";
    };
    CHECK(send(button(R"("callback_data":")" + std::string(64, 'd') + "\"")).status == 200);
    CHECK_THAT(
        send(button(R"("callback_data":")" + std::string(65, 'd') + "\"")).body,
        ContainsSubstring("BUTTON_DATA_INVALID")
    );
    CHECK(send(button(R"("callback_data":"d","url":"https://x.by/")")).status == 400);
    api.set_reachable(bot, 5, false);
    const auto refused = send("");
    CHECK(refused.status == 403);
    CHECK_THAT(refused.body, ContainsSubstring("bot was blocked by the user"));
    api.set_reachable(bot, 5, true);
    CHECK(send("").status == 200);
    const auto own = api.receive(bot, 5, "hello", std::nullopt);
    CHECK(
        api.call(
               token,
               "editMessageText",
               {{"chat_id", "5"}, {"message_id", std::to_string(own)}, {"text", "y"}}
        )
            .status == 400
    );
}

#include "telegram_api.hpp"

#include "testing/catch.hpp"
#include "testing/fake_clock.hpp"

using namespace trunkline;
using namespace trunkline::sandbox;

namespace {

const std::string token = "1000367:sandbox-demo-bot-token-AAAAAAAAAAAAAAA";

Parameters send(std::string text) {
    return {{"chat_id", "5"}, {"text", std::move(text)}, {"parse_mode", "HTML"}};
}

}  // namespace

TEST_CASE("a message is sent, edited and keeps its history", "[sandbox]") {
    testing::FakeClock clock;
    TelegramApi api(clock);
    CHECK(api.call(token, "sendMessage", send("one")).status == 200);
    auto edit = send("two");
    edit["message_id"] = "1";
    CHECK(api.call(token, "EDITMESSAGETEXT", edit).status == 200);
    const auto& messages = api.chats().at({1000367, 5});
    REQUIRE(messages.size() == 1);
    REQUIRE(messages[0].history.size() == 2);
    CHECK(messages[0].history[1].text == "two");
    const auto same = api.call(token, "editMessageText", edit);
    CHECK(same.status == 400);
    CHECK_THAT(same.body, ContainsSubstring("message is not modified"));
}

TEST_CASE("what cannot be done is refused in Telegram's words", "[sandbox]") {
    testing::FakeClock clock;
    TelegramApi api(clock);
    CHECK(api.call("nonsense", "sendMessage", send("x")).status == 404);
    CHECK(api.call(token, "sendNothing", send("x")).status == 404);
    CHECK_THAT(
        api.call(token, "sendMessage", send("")).body, ContainsSubstring("message text is empty")
    );
    CHECK_THAT(
        api.call(token, "sendMessage", send("<x>")).body, ContainsSubstring("can't parse entities")
    );
    CHECK_THAT(
        api.call(token, "sendMessage", send(std::string(4097, 'a'))).body,
        ContainsSubstring("message is too long")
    );
    auto edit = send("two");
    edit["message_id"] = "7";
    CHECK_THAT(
        api.call(token, "editMessageText", edit).body,
        ContainsSubstring("message to edit not found")
    );
    CHECK_THAT(
        api.call(token, "deleteMessage", edit).body,
        ContainsSubstring("message to delete not found")
    );
}

TEST_CASE("a deleted message cannot be edited", "[sandbox]") {
    testing::FakeClock clock;
    TelegramApi api(clock);
    api.call(token, "sendMessage", send("one"));
    auto parameters = send("two");
    parameters["message_id"] = "1";
    CHECK(api.call(token, "deleteMessage", parameters).status == 200);
    CHECK(api.call(token, "editMessageText", parameters).status == 400);
}

TEST_CASE("a reply needs its target unless that is forgiven", "[sandbox]") {
    testing::FakeClock clock;
    TelegramApi api(clock);
    auto reply = send("x");
    reply["reply_parameters"] = R"({"message_id":9})";
    CHECK(api.call(token, "sendMessage", reply).status == 400);
    reply["reply_parameters"] = R"({"message_id":9,"allow_sending_without_reply":true})";
    CHECK(api.call(token, "sendMessage", reply).status == 200);
}

TEST_CASE("a button with an address without a dot is refused", "[sandbox]") {
    testing::FakeClock clock;
    TelegramApi api(clock);
    auto message = send("x");
    message["reply_markup"] = R"({"inline_keyboard":[[{"text":"a","url":"http://localhost/x"}]]})";
    CHECK_THAT(api.call(token, "sendMessage", message).body, ContainsSubstring("Wrong HTTP URL"));
}

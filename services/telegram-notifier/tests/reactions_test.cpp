#include "reactions.hpp"

#include "testing/catch.hpp"

using namespace trunkline;
using telegram::react;
using Kind = telegram::Reaction::Kind;

namespace {

httpc::Outcome answer(unsigned status, std::string body) {
    httpc::Response response;
    response.status = status;
    response.body = std::move(body);
    return response;
}

httpc::Outcome refusal(unsigned status, const std::string& description) {
    return answer(
        status,
        R"({"ok":false,"error_code":)" + std::to_string(status) + R"(,"description":")" +
            description + "\"}"
    );
}

httpc::Outcome failure(base::Errc code, bool sent) {
    return std::unexpected(httpc::Failure{
        .error = {.code = code, .detail = "x", .fields = {}, .native = {}}, .request_sent = sent
    });
}

}  // namespace

TEST_CASE("every row of the contract's error table has its reaction", "[telegram]") {
    const std::vector<std::tuple<unsigned, std::string, Kind>> rows{
        {401, "Unauthorized", Kind::stop_bot},
        {404, "Not Found", Kind::stop_bot},
        {409, "Conflict: terminated by other getUpdates request", Kind::conflict},
        {403, "Forbidden: bot was blocked by the user", Kind::drop_chat},
        {403, "Forbidden: user is deactivated", Kind::drop_chat},
        {403, "Forbidden: bot can't initiate conversation with a user", Kind::drop_chat},
        {400, "Bad Request: chat not found", Kind::chat_unknown},
        {403, "Forbidden: bot was kicked from the group chat", Kind::drop_chat},
        {403, "Forbidden: bot is not a member of the channel chat", Kind::drop_chat},
        {400, "Bad Request: not enough rights to send text messages to the chat", Kind::drop_chat},
        {400, "Bad Request: message is not modified: specified new ...", Kind::done},
        {400, "Bad Request: message to edit not found", Kind::send_anew},
        {400, "Bad Request: message can't be edited", Kind::replace_message},
        {400, "Bad Request: there is no text in the message to edit", Kind::edit_caption},
        {403, "Forbidden: the group chat was deleted", Kind::drop_chat},
        {400, "Bad Request: message to delete not found", Kind::done},
        {400, "Bad Request: message can't be deleted for everyone", Kind::done},
        {400, "Bad Request: message is too long", Kind::send_shortened},
        {400, "Bad Request: BUTTON_URL_INVALID", Kind::send_without_keyboard},
        {400,
         "Bad Request: inline keyboard button URL 'x' is invalid: Wrong HTTP URL",
         Kind::send_without_keyboard},
        {400, "Bad Request: message to be replied not found", Kind::send_without_reply},
        {400, "Bad Request: replied message not found", Kind::send_without_reply},
        {400, "Bad Request: can't parse entities: unsupported start tag", Kind::send_plain},
        {400, "Bad Request: something new", Kind::give_up},
    };
    for (const auto& [status, description, kind] : rows) {
        INFO(description);
        CHECK(react(refusal(status, description)).kind == kind);
    }
}

TEST_CASE("a flood answer tells how long to wait", "[telegram]") {
    const auto reaction = react(answer(
        429,
        R"({"ok":false,"error_code":429,"description":"Too Many Requests","parameters":{"retry_after":7}})"
    ));
    CHECK(reaction.kind == Kind::wait);
    CHECK(reaction.retry_after == std::chrono::seconds(7));
}

TEST_CASE("a group that moved tells its new id", "[telegram]") {
    const auto reaction = react(answer(
        400,
        R"({"ok":false,"error_code":400,"description":"Bad Request: group chat was upgraded to a supergroup chat",)"
        R"("parameters":{"migrate_to_chat_id":-1001234567890}})"
    ));
    CHECK(reaction.kind == Kind::chat_moved);
    CHECK(reaction.new_chat == -1001234567890);
}

TEST_CASE("a success gives the message's id", "[telegram]") {
    CHECK(react(answer(200, R"({"ok":true,"result":{"message_id":42}})")).message_id == 42);
}

TEST_CASE("what surely was not done is told from what perhaps was", "[telegram]") {
    CHECK(react(failure(base::Errc::unavailable, false)).kind == Kind::retry);
    CHECK(react(failure(base::Errc::timeout, true)).kind == Kind::retry_unknown);
    CHECK(react(failure(base::Errc::unavailable, true)).kind == Kind::retry_unknown);
    CHECK(react(answer(502, "<html>nginx</html>")).kind == Kind::retry_unknown);
    CHECK(react(answer(200, "<html>nginx</html>")).kind == Kind::retry_unknown);
    CHECK(react(refusal(500, "Internal Server Error")).kind == Kind::retry_unknown);
    CHECK(react(failure(base::Errc::forbidden, false)).kind == Kind::give_up);
}

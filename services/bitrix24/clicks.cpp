#include "clicks.hpp"

#include <charconv>
#include <utility>

#include "base/ids.hpp"
#include "call_note.hpp"
#include "connector/call_facts.hpp"
#include "json/writer.hpp"
#include "judge.hpp"
#include "mapping.hpp"
#include "people.hpp"

namespace trunkline::bitrix24 {
namespace {

using connector::Verdict;

constexpr std::int64_t callback_type = 4;

std::int64_t number_in(const std::string& text) {
    std::int64_t number = 0;
    std::from_chars(text.data(), text.data() + text.size(), number);
    return number;
}

std::int64_t now_seconds() {
    const auto now = base::system_clock().now().time_since_epoch();
    return std::chrono::duration_cast<std::chrono::seconds>(now).count();
}

std::string text_in_result(const httpc::Response& response, std::string_view name) {
    const auto document = document_of(response);
    const auto result = document ? document->root().find("result") : std::nullopt;
    const auto member = result ? result->find(name) : std::nullopt;
    return member ? std::string(member->scalar_text().value_or("")) : std::string();
}

/// The number in the form in which the exchange's events will have it.
std::string phone_in(const tenants::Enterprise& enterprise, const HookForm& form) {
    auto raw = form.data("PHONE_NUMBER_INTERNATIONAL");
    if (raw.empty()) {
        raw = form.data("PHONE_NUMBER");
    }
    return connector::international(enterprise.canonical_number(raw));
}

/// In the portal's words: a wrong number, not allowed, no way there.
std::string status_code_of(const base::Error& error) {
    switch (error.code) {
        case base::Errc::invalid_input:
            return "404";
        case base::Errc::forbidden:
            return "403";
        default:
            return "503";
    }
}

}  // namespace

asio::awaitable<connector::Reply> Clicks::send(
    const Wish& wish, const std::string& method, std::string parameters
) {
    Command command;
    command.method = method;
    command.parameters = std::move(parameters);
    command.priority = connector::Priority::popup;
    command.repeatable = true;
    command.timeout = std::chrono::seconds(3);
    command.until = wish.until;
    connector::Subject subject;
    subject.enterprise = wish.account.enterprise;
    subject.event_type = wish.type == callback_type ? "callback" : "click-to-call";
    subject.unique_id = wish.call_id;
    auto reply = co_await api_.call(wish.account, std::move(command), std::move(subject));
    co_return reply;
}

asio::awaitable<void> Clicks::start(
    connector::EnterprisePointer enterprise, Account account, HookForm form, net::Deadline until
) {
    Wish wish;
    wish.phone = phone_in(*enterprise, form);
    wish.enterprise = std::move(enterprise);
    wish.account = std::move(account);
    wish.user = number_in(form.data("USER_ID"));
    wish.line = connector::digits(form.data("LINE_NUMBER"));
    wish.call_id = form.data("CALL_ID");
    wish.until = until;
    if (wish.call_id.empty() || wish.user <= 0) {
        logger_.warning("{}: a click without CALL_ID or USER_ID", wish.account.enterprise);
        co_return;
    }
    const auto users = co_await users_.users_of(wish.account, {}, until);
    const auto* user = users ? (*users)->by_id(wish.user) : nullptr;
    wish.extension = user == nullptr ? std::string() : user->extension;
    co_await place(std::move(wish));
}

asio::awaitable<void> Clicks::call_back(
    connector::EnterprisePointer enterprise, Account account, HookForm form, net::Deadline until
) {
    Wish wish;
    wish.phone = phone_in(*enterprise, form);
    wish.enterprise = std::move(enterprise);
    wish.account = std::move(account);
    wish.line = connector::digits(form.data("LINE_NUMBER"));
    wish.type = callback_type;
    wish.until = until;
    wish.user = co_await caller_back(wish);
    if (wish.phone.empty() || wish.user == 0) {
        logger_.warning(
            "{}: nobody can call back: no number, or neither a responsible nor a default user",
            wish.account.enterprise
        );
        co_return;
    }
    const auto users = co_await users_.users_of(wish.account, {}, until);
    const auto* user = users ? (*users)->by_id(wish.user) : nullptr;
    wish.extension = user == nullptr ? std::string() : user->extension;
    wish.call_id = co_await register_callback(wish);
    if (wish.call_id.empty()) {
        co_return;
    }
    co_await place(std::move(wish));
}

/// Who is to call back: the responsible one if he has an extension, else the default user; 0:
/// nobody.
asio::awaitable<std::int64_t> Clicks::caller_back(const Wish& wish) {
    json::Writer writer;
    writer.begin_object().member("PHONE_NUMBER", wish.phone).end_object();
    const auto reply =
        co_await send(wish, "telephony.externalCall.searchCrmEntities", writer.take());
    const auto document = document_of(reply.response);
    const auto responsible = reply.verdict.kind == Verdict::Kind::accepted && document
                                 ? responsible_in(document->root())
                                 : std::nullopt;
    const auto users = co_await users_.users_of(wish.account, {}, wish.until);
    const auto* user = responsible && users ? (*users)->by_id(*responsible) : nullptr;
    if (user != nullptr && !user->extension.empty()) {
        co_return user->id;
    }
    co_return wish.account.default_user.value_or(0);
}

asio::awaitable<std::string> Clicks::register_callback(const Wish& wish) {
    Registration registration;
    registration.user = wish.user;
    registration.phone = wish.phone;
    registration.type = callback_type;
    registration.start = time_with_zone(base::system_clock().now(), wish.account.timezone);
    registration.line = wish.line;
    registration.external_id = "callback-" + base::make_uuid();
    registration.crm_create = wish.account.crm_create;
    registration.crm_source = wish.account.crm_source;
    const auto reply = co_await send(
        wish, "telephony.externalCall.register", register_parameters(registration, true)
    );
    if (reply.verdict.kind != Verdict::Kind::accepted) {
        logger_.warning(
            "{}: a callback could not be registered: {} {}",
            wish.account.enterprise,
            reply.verdict.detail,
            reply.verdict.mend
        );
        co_return std::string();
    }
    co_return text_in_result(reply.response, "CALL_ID");
}

asio::awaitable<void> Clicks::place(Wish wish) {
    if (wish.extension.empty() || wish.phone.empty()) {
        const base::Error error{
            .code = base::Errc::unavailable,
            .detail = "the user has no inner number, or the number is none",
            .fields = {},
            .native = ""
        };
        co_await give_up(wish, error);
        co_return;
    }
    CallNote note;
    note.stage = CallNote::Stage::registered;
    note.call_id = wish.call_id;
    note.registration.user = wish.user;
    note.registration.phone = wish.phone;
    note.registration.type = wish.type;
    note.registration.line = wish.line;
    note.shown = {wish.user};
    note.made_at = now_seconds();
    const auto key = click_key(wish.user, connector::digits(wish.phone));
    const auto noted = co_await notes_.write(wish.account.enterprise, key, to_json(note));
    if (!noted) {
        co_await give_up(wish, noted.error());
        co_return;
    }
    connector::PbxGateway::Order order;
    order.enterprise = wish.account.enterprise;
    order.extension = wish.extension;
    order.phone = wish.phone;
    order.line = wish.line.empty() ? "" : connector::international(wish.line);
    order.requested_by = "bitrix24:" + std::to_string(wish.user);
    order.request_id = wish.call_id;
    const auto placed = co_await pbx_.place(std::move(order), wish.until);
    if (placed) {
        logger_.info("{}: {} calls {}", wish.account.enterprise, wish.extension, wish.phone);
        co_return;
    }
    // Whoever takes the note ends the call: it may have been placed all the same, and its dial may
    // have come by now.
    const auto taken = co_await notes_.take(wish.account.enterprise, key);
    if (taken && *taken) {
        co_await give_up(wish, placed.error());
    }
}

asio::awaitable<void> Clicks::give_up(const Wish& wish, const base::Error& error) {
    logger_.warning(
        "{}: the call from {} to {} could not be placed: {}",
        wish.account.enterprise,
        wish.extension,
        wish.phone,
        base::describe(error)
    );
    auto last = wish;
    // However little time is left: an unfinished call's card stays on the screen.
    last.until = std::max(wish.until, net::deadline_in(std::chrono::seconds(3)));
    const auto reply = co_await send(
        last,
        "telephony.externalCall.finish",
        finish_parameters(wish.call_id, wish.user, 0, status_code_of(error))
    );
    if (reply.verdict.kind != Verdict::Kind::accepted) {
        logger_.warning(
            "{}: call {} could not be finished: {}",
            wish.account.enterprise,
            wish.call_id,
            reply.verdict.detail
        );
    }
}

}  // namespace trunkline::bitrix24

#include "call_steps.hpp"

#include <algorithm>
#include <utility>

#include "connector/call_facts.hpp"
#include "json/writer.hpp"
#include "judge.hpp"
#include "people.hpp"

namespace trunkline::bitrix24 {
namespace {

using namespace std::chrono_literals;
using connector::Answer;
using connector::Priority;
using connector::Verdict;
using Stage = CallNote::Stage;

/// Whoever clicked longer ago has given up; the call that follows is another one.
constexpr std::int64_t click_life_s = 600;
/// The statistics may be a moment behind a finish.
constexpr int patient_attempts = 4;

std::int64_t now_seconds() {
    const auto now = base::system_clock().now().time_since_epoch();
    return std::chrono::duration_cast<std::chrono::seconds>(now).count();
}

/// The text member of an answer's result; "" if there is none.
std::string text_in_result(const httpc::Response& response, std::string_view name) {
    const auto document = document_of(response);
    const auto result = document ? document->root().find("result") : std::nullopt;
    const auto member = result ? result->find(name) : std::nullopt;
    return member ? std::string(member->scalar_text().value_or("")) : std::string();
}

bool is_record_wanted(const Work& work, const CallNote& note) {
    const auto& call = work.call();
    return call.answered && !call.record_url.empty() && call.record_url != note.record_url;
}

Answer nobody_to_call() {
    return connector::permanent(
        "no user of the portal has the inner number, and there is no default_user_id",
        "give the users their inner numbers in Bitrix24, or set default_user_id"
    );
}

}  // namespace

asio::awaitable<CallSteps::Noted> CallSteps::read(const Work& work) {
    const auto text =
        co_await notes_.read(work.account.enterprise, call_key(work.step.external_id));
    if (!text) {
        co_return std::unexpected(text.error());
    }
    if (!*text) {
        co_return Noted(std::nullopt);
    }
    auto note = note_from_json(**text);
    if (!note) {
        co_return std::unexpected(note.error());
    }
    co_return Noted(std::move(*note));
}

asio::awaitable<CallSteps::Noted> CallSteps::read_or_adopt(const Work& work) {
    auto note = co_await read(work);
    if (!note || *note || !connector::is_outbound(work.call())) {
        co_return note;
    }
    const auto user = talking_user(work.call(), *work.users, work.account.default_user);
    if (!user) {
        co_return note;
    }
    // One statement: the click's note becomes the call's, whoever else asks and whatever breaks.
    const auto renamed = co_await notes_.rename(
        work.account.enterprise,
        click_key(*user, connector::digits(work.call().phone)),
        call_key(work.step.external_id)
    );
    if (!renamed) {
        co_return std::unexpected(renamed.error());
    }
    if (!*renamed) {
        co_return note;
    }
    auto adopted = co_await read(work);
    if (adopted && *adopted && now_seconds() - (*adopted)->made_at > click_life_s) {
        const auto dropped =
            co_await notes_.take(work.account.enterprise, call_key(work.step.external_id));
        if (!dropped) {
            co_return std::unexpected(dropped.error());
        }
        co_return Noted(std::nullopt);
    }
    co_return adopted;
}

asio::awaitable<base::Result<>> CallSteps::write(const Work& work, const CallNote& note) {
    auto written = co_await notes_.write(
        work.account.enterprise, call_key(work.step.external_id), to_json(note)
    );
    co_return written;
}

asio::awaitable<connector::Reply> CallSteps::send(
    const Work& work, const std::string& method, std::string parameters, Priority priority
) {
    Command command;
    command.method = method;
    command.parameters = std::move(parameters);
    command.priority = priority;
    // Bitrix24 knows a second register, finish or recording for what it is.
    command.repeatable = true;
    command.until = work.until;
    auto subject = work.step.subject();
    auto reply = co_await api_.call(work.account, std::move(command), std::move(subject));
    co_return reply;
}

/// The responsible one if he is among those who ring, else the first. Only asked for when there is
/// a choice, and not waited for long.
asio::awaitable<std::optional<std::int64_t>> CallSteps::first_user(const Work& work) {
    const auto users = ringing_users(work.call(), *work.users, work.account.default_user);
    if (users.empty()) {
        co_return std::nullopt;
    }
    if (users.size() == 1 || connector::is_outbound(work.call())) {
        co_return users.front();
    }
    json::Writer writer;
    writer.begin_object()
        .member("PHONE_NUMBER", connector::international(work.call().phone))
        .end_object();
    Command command;
    command.method = "telephony.externalCall.searchCrmEntities";
    command.parameters = writer.take();
    command.priority = Priority::popup;
    command.timeout = 2s;
    command.until = std::min(work.until, net::deadline_in(2s));
    const auto reply = co_await api_.call(work.account, std::move(command), std::nullopt);
    const auto document = document_of(reply.response);
    const auto responsible = reply.verdict.kind == Verdict::Kind::accepted && document
                                 ? responsible_in(document->root())
                                 : std::nullopt;
    const bool is_among = responsible && std::ranges::find(users, *responsible) != users.end();
    co_return is_among ? *responsible : users.front();
}

asio::awaitable<CallSteps::Registered> CallSteps::registered(
    const Work& work, std::optional<CallNote> begun, bool is_shown
) {
    if (begun && !begun->call_id.empty()) {
        co_return *begun;
    }
    if (!begun) {
        const auto user = co_await first_user(work);
        if (!user) {
            co_return std::unexpected(nobody_to_call());
        }
        begun.emplace();
        begun->registration =
            registration_of(work.call(), work.step.external_id, *user, work.context);
        begun->made_at = now_seconds();
        const auto written = co_await write(work, *begun);
        if (!written) {
            co_return std::unexpected(connector::answer_of(written.error()));
        }
    }
    auto sent = co_await send_register(work, std::move(*begun), is_shown);
    co_return sent;
}

asio::awaitable<CallSteps::Registered> CallSteps::send_register(
    const Work& work, CallNote note, bool is_shown
) {
    const auto reply = co_await send(
        work,
        "telephony.externalCall.register",
        register_parameters(note.registration, is_shown),
        is_shown ? Priority::popup : Priority::record
    );
    if (reply.verdict.kind == Verdict::Kind::accepted) {
        note.call_id = text_in_result(reply.response, "CALL_ID");
        if (note.call_id.empty()) {
            co_return std::unexpected(connector::retry("Bitrix24 told no CALL_ID"));
        }
        note.stage = Stage::registered;
        if (is_shown) {
            note.shown = {note.registration.user};
        }
        const auto written = co_await write(work, note);
        if (!written) {
            co_return std::unexpected(connector::answer_of(written.error()));
        }
        co_return note;
    }
    const bool is_refused =
        reply.verdict.kind == Verdict::Kind::refused || reply.verdict.kind == Verdict::Kind::absent;
    if (is_refused && !reply.is_unknown) {
        // Nothing is there: once the cause is mended the next one may choose anew.
        (void)co_await notes_.take(work.account.enterprise, call_key(work.step.external_id));
        if (reply.verdict.detail.find("User is not found") != std::string::npos) {
            users_.forget(work.account.enterprise);
        }
    }
    co_return std::unexpected(connector::answer_of(reply.verdict));
}

asio::awaitable<bool> CallSteps::change_cards(
    const Work& work,
    const std::string& method,
    const std::string& call_id,
    std::vector<std::int64_t> users
) {
    const auto reply =
        co_await send(work, method, card_parameters(call_id, users), Priority::popup);
    co_return reply.verdict.kind == Verdict::Kind::accepted;
}

asio::awaitable<Answer> CallSteps::ring(const Work& work) {
    if (work.step.event.synthetic) {
        co_return connector::ignored("the hangup registers the call itself");
    }
    if (work.step.is_overtaken()) {
        co_return connector::ignored("the card is overtaken");
    }
    auto note = co_await read_or_adopt(work);
    if (!note) {
        co_return connector::answer_of(note.error());
    }
    if (*note && (*note)->is_ended()) {
        co_return connector::ignored("the call has ended");
    }
    auto known = co_await registered(work, std::move(*note), true);
    if (!known) {
        co_return known.error();
    }
    auto answer = co_await show_all(work, std::move(*known));
    co_return answer;
}

/// Cards for all who ring, in one request: with the first who has had his by the register, later
/// only for those who are new.
asio::awaitable<Answer> CallSteps::show_all(const Work& work, CallNote note) {
    const auto users = ringing_users(work.call(), *work.users, work.account.default_user);
    std::vector<std::int64_t> missing;
    std::ranges::copy_if(users, std::back_inserter(missing), [&](std::int64_t user) {
        return std::ranges::find(note.shown, user) == note.shown.end();
    });
    if (missing.empty() || connector::is_outbound(work.call())) {
        co_return connector::done();
    }
    const bool is_first = note.shown.size() <= 1;
    const bool is_shown = co_await change_cards(
        work, "telephony.externalCall.show", note.call_id, is_first ? users : missing
    );
    if (!is_shown) {
        co_return connector::done("registered; the other cards could not be shown");
    }
    note.shown.insert(note.shown.end(), missing.begin(), missing.end());
    const auto written = co_await write(work, note);
    co_return written ? connector::done() : connector::answer_of(written.error());
}

asio::awaitable<Answer> CallSteps::answer(const Work& work) {
    if (work.step.is_overtaken()) {
        co_return connector::ignored("the card is overtaken");
    }
    auto read_note = co_await read(work);
    if (!read_note) {
        co_return connector::answer_of(read_note.error());
    }
    if (!*read_note || (*read_note)->call_id.empty() || (*read_note)->is_ended()) {
        co_return connector::ignored("no card is shown");
    }
    auto note = std::move(**read_note);
    const auto talker = talking_user(work.call(), *work.users, work.account.default_user);
    if (!talker || connector::is_outbound(work.call())) {
        co_return connector::ignored("the cards are where they belong");
    }
    const auto change = cards_once_answered(note.shown, *talker);
    if (change.hide.empty() && change.show.empty()) {
        co_return connector::ignored("the cards are where they belong");
    }
    bool is_done = true;
    if (!change.hide.empty()) {
        const bool hidden =
            co_await change_cards(work, "telephony.externalCall.hide", note.call_id, change.hide);
        is_done = is_done && hidden;
    }
    if (!change.show.empty()) {
        const bool shown =
            co_await change_cards(work, "telephony.externalCall.show", note.call_id, change.show);
        is_done = is_done && shown;
    }
    note.shown = {*talker};
    const auto written = co_await write(work, note);
    if (!written) {
        co_return connector::answer_of(written.error());
    }
    co_return connector::done(is_done ? "" : "not all cards could be changed");
}

asio::awaitable<Answer> CallSteps::hang_up(const Work& work) {
    auto read_note = co_await read_or_adopt(work);
    if (!read_note) {
        co_return connector::answer_of(read_note.error());
    }
    const bool was_finished = *read_note && (*read_note)->stage == Stage::finished;
    auto known = co_await registered(work, std::move(*read_note), false);
    if (!known) {
        co_return known.error();
    }
    auto note = std::move(*known);
    if (!was_finished) {
        const auto finished = co_await finish(work, note);
        if (!connector::is_settled(finished)) {
            co_return finished;
        }
    }
    if (is_record_wanted(work, note)) {
        auto attached = co_await attach_record(work, std::move(note));
        co_return attached;
    }
    co_return was_finished ? connector::duplicate("the call is finished") : connector::done();
}

asio::awaitable<Answer> CallSteps::finish(const Work& work, CallNote& note) {
    const auto& call = work.call();
    const auto talker = talking_user(call, *work.users, work.account.default_user);
    const auto user = call.answered && talker ? *talker : note.registration.user;
    const bool was_tried = note.stage == Stage::finishing;
    note.stage = Stage::finishing;
    const auto begun = co_await write(work, note);
    if (!begun) {
        co_return connector::answer_of(begun.error());
    }
    const auto reply = co_await send(
        work,
        "telephony.externalCall.finish",
        finish_parameters(
            note.call_id, user, call.answered ? call.talk_s : 0, status_code_of(call)
        ),
        Priority::record
    );
    if (reply.verdict.kind == Verdict::Kind::absent) {
        auto answer =
            co_await after_no_call(work, note, was_tried || reply.is_unknown, reply.verdict.detail);
        co_return answer;
    }
    if (reply.verdict.kind == Verdict::Kind::accepted) {
        note.stage = Stage::finished;
        const auto written = co_await write(work, note);
        co_return written ? connector::done() : connector::answer_of(written.error());
    }
    if (!was_tried && !reply.is_unknown) {
        // It surely did nothing: a later "no such call" must not be taken for a success.
        note.stage = Stage::registered;
        (void)co_await write(work, note);
        if (reply.verdict.detail.find("User is not found") != std::string::npos) {
            users_.forget(work.account.enterprise);
        }
    }
    co_return connector::answer_of(reply.verdict);
}

/// There is no such call, or it is finished: Bitrix24 says the same of both.
asio::awaitable<Answer> CallSteps::after_no_call(
    const Work& work, CallNote& note, bool was_tried, std::string detail
) {
    const auto recorded = co_await is_recorded(work, note.call_id);
    if (recorded == Recorded::yes || (recorded == Recorded::untold && was_tried)) {
        note.stage = Stage::finished;
        const auto written = co_await write(work, note);
        co_return written ? connector::done("an earlier finish had taken effect")
                          : connector::answer_of(written.error());
    }
    if (was_tried && work.step.attempt < patient_attempts) {
        co_return connector::retry("the finish is not in the portal's statistics yet");
    }
    if (!was_tried) {
        note.stage = Stage::registered;
        (void)co_await write(work, note);
    }
    co_return connector::permanent(
        detail, "the portal has forgotten the call; its record cannot be made any more"
    );
}

asio::awaitable<CallSteps::Recorded> CallSteps::is_recorded(
    const Work& work, const std::string& call_id
) {
    json::Writer writer;
    writer.begin_object()
        .key("FILTER")
        .begin_object()
        .member("CALL_ID", call_id)
        .end_object()
        .end_object();
    const auto reply =
        co_await send(work, "voximplant.statistic.get", writer.take(), Priority::record);
    const auto document = document_of(reply.response);
    if (reply.verdict.kind != Verdict::Kind::accepted || !document) {
        co_return Recorded::untold;
    }
    co_return document->root().find("result")->size() > 0 ? Recorded::yes : Recorded::no;
}

asio::awaitable<Answer> CallSteps::attach_record(const Work& work, CallNote note) {
    const auto reply = co_await send(
        work,
        "telephony.externalCall.attachRecord",
        record_parameters(note.call_id, work.call()),
        Priority::record
    );
    if (reply.verdict.kind == Verdict::Kind::absent) {
        co_return connector::retry("the finished call is not in the portal's statistics yet");
    }
    if (reply.verdict.kind != Verdict::Kind::accepted) {
        co_return connector::answer_of(reply.verdict);
    }
    note.record_url = work.call().record_url;
    const auto written = co_await write(work, note);
    co_return written ? connector::done() : connector::answer_of(written.error());
}

asio::awaitable<Answer> CallSteps::update(const Work& work) {
    auto note = co_await read(work);
    if (!note) {
        co_return connector::answer_of(note.error());
    }
    if (!*note) {
        co_return connector::ignored("the portal does not have this call");
    }
    if (!is_record_wanted(work, **note)) {
        co_return connector::ignored("Bitrix24 cannot change a finished call");
    }
    if ((*note)->stage != Stage::finished) {
        co_return connector::permanent(
            "the call's end is not in Bitrix24, so it takes no recording",
            "replay the call's hangup first"
        );
    }
    auto attached = co_await attach_record(work, std::move(**note));
    co_return attached;
}

}  // namespace trunkline::bitrix24

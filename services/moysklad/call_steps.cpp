#include "call_steps.hpp"

#include <chrono>
#include <utility>

#include "answers.hpp"
#include "base/log.hpp"
#include "call/number.hpp"
#include "net/sleep.hpp"

namespace trunkline::moysklad {
namespace {

using connector::Answer;
using connector::Priority;
using connector::Reply;
using connector::Verdict;

/// The gateway waits for 30 s.
constexpr auto step_limit = std::chrono::seconds(25);
constexpr unsigned most_rounds = 3;
constexpr auto between_rounds = std::chrono::milliseconds(300);

base::Logger logger() { return base::Logger("moysklad"); }

bool is_accepted(const Reply& reply) { return reply.verdict.kind == Verdict::Kind::accepted; }

std::string line_name(const tenants::Enterprise& enterprise, const std::string& line) {
    const auto known = enterprise.lines.find(line);
    return known != enterprise.lines.end() && !known->second.name.empty() ? known->second.name
                                                                          : line;
}

std::vector<CardEvent> numbered(const std::vector<CardChange>& changes, std::int64_t after) {
    std::vector<CardEvent> events;
    events.reserve(changes.size());
    for (const auto& change : changes) {
        events.push_back({.type = change.type, .extension = change.extension, .sequence = ++after});
    }
    return events;
}

}  // namespace

CallSteps::CallSteps(const connector::Parts& parts, const Api& api) : parts_(parts), api_(api) {}

/// An unknown outcome is cleared up at once, a few times; later tries are the gateway's.
asio::awaitable<Answer> CallSteps::take(const connector::Step& step) {
    auto account = account_of(*step.enterprise, parts_.secrets);
    if (!account) {
        co_return connector::permanent(
            account.error().detail, "trunkctl enterprise set-integration"
        );
    }
    Work work{
        .step = step,
        .account = std::move(*account),
        .context = {},
        .note = {},
        .until = net::deadline_in(step_limit)
    };
    work.context.external_id = step.event.token + "-" + step.external_id;
    work.context.line = line_name(*step.enterprise, step.call().line);
    for (unsigned round = 1;; ++round) {
        work.is_unknown = false;
        auto answer = co_await take_once(work);
        if (connector::is_settled(answer) || !work.is_unknown || round == most_rounds ||
            net::time_left(work.until) < between_rounds * 2) {
            co_return answer;
        }
        co_await net::sleep_for(between_rounds * round);
    }
}

asio::awaitable<Answer> CallSteps::take_once(Work& work) {
    const auto text = co_await parts_.notes.read(work.enterprise(), work.step.external_id);
    if (!text) {
        co_return connector::answer_of(text.error());
    }
    work.note = note_from_json(text->value_or("")).value_or(CallNote{});
    switch (work.step.event.kind) {
        case call::DispatchKind::dial: {
            auto answer = co_await ring(work);
            co_return answer;
        }
        case call::DispatchKind::bridge: {
            auto answer = co_await talk(work);
            co_return answer;
        }
        case call::DispatchKind::hangup:
        case call::DispatchKind::update: {
            auto answer = co_await finish(work);
            co_return answer;
        }
    }
    co_return connector::permanent("unknown event type");
}

asio::awaitable<Answer> CallSteps::ring(Work& work) {
    if (work.step.event.synthetic) {
        co_return connector::ignored("its hangup makes the whole record");
    }
    if (work.step.is_overtaken()) {
        co_return connector::ignored("the card is overtaken");
    }
    if (work.note.end != CallNote::End::none) {
        co_return connector::ignored("the call has ended");
    }
    if (work.note.doubt == CallNote::creating) {
        const auto found = co_await ask(work);
        if (!found.is_answered) {
            co_return connector::answer_of(found.reply.verdict);
        }
        work.note = found.stored ? work.note : CallNote{};
        work.note.is_there = found.stored.has_value();
        work.note.doubt.clear();
    }
    if (!work.note.is_there) {
        auto answer = co_await create(work);
        co_return answer;
    }
    auto changes = cards_for_ringing(work.note, work.step.call());
    if (changes.empty()) {
        const auto kept = co_await keep(work);
        co_return kept ? connector::duplicate("all extensions have their card")
                       : connector::answer_of(kept.error());
    }
    auto answer = co_await change_cards(work, std::move(changes));
    co_return answer;
}

asio::awaitable<Answer> CallSteps::create(Work& work) {
    const auto& call = work.step.call();
    const auto changes = cards_for_ringing(CallNote{}, call);
    // A call that is not there takes its first events from 1: all of them or, refused, none.
    work.note = CallNote{};
    work.note.sequence = static_cast<std::int64_t>(changes.size());
    work.note.extension = only_extension(call);
    work.note.started = moment(call.started_at);
    for (const auto& change : changes) {
        apply(work.note, change);
    }
    const auto kept = co_await keep_doubt(work, CallNote::creating);
    if (!kept) {
        co_return connector::answer_of(kept.error());
    }
    auto order = api_.create(work.account, ringing_call(call, work.context, numbered(changes, 0)));
    const auto reply = co_await send(work, std::move(order), Priority::popup);
    const bool is_stored = says_not_unique(reply.response);
    if (!is_accepted(reply) && !is_stored) {
        if (!reply.is_unknown) {
            work.note = CallNote{};
            (void)co_await keep(work);
        }
        co_return connector::answer_of(reply.verdict);
    }
    work.note.is_there = true;
    work.note.doubt.clear();
    work.note.sequence += is_stored ? CallNote::beyond_lost : 0;
    const auto settled = co_await keep(work);
    if (!settled) {
        co_return connector::answer_of(settled.error());
    }
    co_return is_stored ? connector::duplicate("MoySklad has the call") : connector::done();
}

asio::awaitable<Answer> CallSteps::talk(Work& work) {
    if (work.step.is_overtaken()) {
        co_return connector::ignored("the card is overtaken");
    }
    if (work.note.end != CallNote::End::none) {
        co_return connector::ignored("the call has ended");
    }
    const auto talker = connector::who_talked(work.step.call());
    if (talker.empty() || call::is_external(talker)) {
        co_return connector::ignored("who talks has no card");
    }
    if (work.note.doubt == CallNote::creating) {
        const auto found = co_await ask(work);
        if (!found.is_answered) {
            co_return connector::answer_of(found.reply.verdict);
        }
        work.note.is_there = found.stored.has_value();
        work.note.doubt.clear();
    }
    if (!work.note.is_there) {
        co_return connector::ignored("MoySklad does not have the call yet; its end makes it whole");
    }
    auto changes = cards_for_talk(work.note, talker);
    if (changes.empty()) {
        co_return connector::duplicate("the card shows the talk");
    }
    auto answer = co_await change_cards(work, std::move(changes));
    co_return answer;
}

/// One request an event. The note before each says that it may have been sent and that those before
/// it were taken.
asio::awaitable<Answer> CallSteps::change_cards(Work& work, std::vector<CardChange> changes) {
    for (const auto& change : changes) {
        const bool is_repeated = work.note.doubt == change.name();
        if (is_repeated && change.type != "HIDE") {
            const std::vector<std::string> keys{work.step.external_id + ":" + change.name()};
            (void)co_await parts_.effects.count_possible_doubles(work.enterprise(), keys);
        }
        ++work.note.sequence;
        const auto kept = co_await keep_doubt(work, change.name());
        if (!kept) {
            co_return connector::answer_of(kept.error());
        }
        const CardEvent event{
            .type = change.type, .extension = change.extension, .sequence = work.note.sequence
        };
        auto order = api_.card_event(work.account, work.context.external_id, event.to_json());
        const auto reply = co_await send(work, std::move(order), Priority::popup);
        if (reply.verdict.kind == Verdict::Kind::absent) {
            work.note = CallNote{};
            (void)co_await keep(work);
            co_return connector::ignored("MoySklad does not have the call; its end makes it whole");
        }
        if (!is_accepted(reply)) {
            if (!reply.is_unknown) {
                work.note.doubt.clear();
                (void)co_await keep(work);
            }
            co_return connector::answer_of(reply.verdict);
        }
        apply(work.note, change);
        work.note.doubt.clear();
    }
    const auto kept = co_await keep(work);
    co_return kept ? connector::done() : connector::answer_of(kept.error());
}

asio::awaitable<CallSteps::Found> CallSteps::ask(Work& work) {
    auto order = api_.update(work.account, work.context.external_id, question(work.step.call()));
    order.repeatable = true;
    Found found;
    found.reply = co_await send(work, std::move(order), Priority::record);
    if (is_accepted(found.reply)) {
        found.stored = stored_in(found.reply.response);
    }
    found.is_answered =
        found.stored.has_value() || found.reply.verdict.kind == Verdict::Kind::absent;
    co_return found;
}

asio::awaitable<Reply> CallSteps::send(Work& work, connector::Order order, Priority priority) {
    order.priority = priority;
    order.limit = net::time_left(work.until);
    auto reply = co_await parts_.crm.send(std::move(order), work.step.subject());
    work.is_unknown = reply.is_unknown;
    co_return reply;
}

asio::awaitable<base::Result<>> CallSteps::keep(Work& work) {
    auto kept =
        co_await parts_.notes.write(work.enterprise(), work.step.external_id, to_json(work.note));
    if (!kept) {
        logger().warning(
            "{}: the note of {} could not be written: {}",
            work.enterprise(),
            work.step.external_id,
            base::describe(kept.error())
        );
    }
    co_return kept;
}

asio::awaitable<base::Result<>> CallSteps::keep_doubt(Work& work, std::string doubt) {
    work.note.doubt = std::move(doubt);
    auto kept = co_await keep(work);
    co_return kept;
}

}  // namespace trunkline::moysklad

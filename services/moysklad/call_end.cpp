// How calls end in MoySklad: the part of CallSteps behind hangup and update.
#include <chrono>
#include <utility>

#include "answers.hpp"
#include "call_steps.hpp"

namespace trunkline::moysklad {
namespace {

using connector::Answer;
using connector::Priority;
using connector::Verdict;

constexpr auto come_again = std::chrono::seconds(2);
/// Longer than a step takes: another process may be at the same link.
constexpr auto link_lease = std::chrono::seconds(30);

bool is_accepted(const connector::Reply& reply) {
    return reply.verdict.kind == Verdict::Kind::accepted;
}

std::string link_key(const connector::Step& step) {
    return step.external_id + ":link:" + step.call().record_url;
}

}  // namespace

/// The end, a recording that came later, a call that turned out to be answered: whatever of it
/// MoySklad does not have yet.
asio::awaitable<Answer> CallSteps::finish(Work& work) {
    const auto& call = work.step.call();
    const bool is_update = work.step.event.kind == call::DispatchKind::update;
    bool with_link = !call.record_url.empty();
    bool is_doubtful = work.note.doubt == CallNote::creating || work.note.doubt == CallNote::ending;
    if (with_link) {
        const std::vector<std::string> keys{link_key(work.step)};
        const auto effects = co_await parts_.effects.begin(work.enterprise(), keys, link_lease);
        if (!effects) {
            co_return connector::answer_of(effects.error());
        }
        with_link = !effects->empty();
        if (with_link && effects->front().is_taken) {
            co_return connector::retry("another process is at this recording", come_again);
        }
        is_doubtful = is_doubtful || (with_link && effects->front().repeated);
    }
    if (work.note.is_closed(call) && !with_link && !is_doubtful) {
        co_return is_update ? connector::ignored("MoySklad cannot change what it has recorded")
                            : connector::duplicate("MoySklad has the end");
    }
    if (!is_doubtful && !work.note.is_there && work.note.end == CallNote::End::none) {
        auto answer = co_await create_ended(work);
        co_return answer;
    }
    auto stored = work.note.stored();
    if (is_doubtful) {
        const auto found = co_await ask(work);
        if (!found.is_answered) {
            co_return connector::answer_of(found.reply.verdict);
        }
        if (!found.stored) {
            auto answer = co_await create_ended(work);
            co_return answer;
        }
        const bool is_lost = !work.note.is_there && work.note.doubt.empty();
        work.note.sequence += is_lost ? CallNote::beyond_lost : 0;
        work.note.is_there = true;
        stored = *found.stored;
    }
    auto answer = co_await tell_end(work, std::move(stored), with_link, true);
    co_return answer;
}

/// No card: there was no ringing, or nobody saw it.
asio::awaitable<Answer> CallSteps::create_ended(Work& work) {
    const auto& call = work.step.call();
    work.note = CallNote{};
    const auto kept = co_await keep_doubt(work, CallNote::creating);
    if (!kept) {
        co_return connector::answer_of(kept.error());
    }
    auto order = api_.create(work.account, ended_call(call, work.context));
    const auto reply = co_await send(work, std::move(order), Priority::record);
    const bool is_refused_as_stored = says_not_unique(reply.response);
    if (is_refused_as_stored) {
        const auto found = co_await ask(work);
        if (!found.stored) {
            co_return connector::answer_of(found.reply.verdict);
        }
        work.note.is_there = true;
        work.note.sequence = CallNote::beyond_lost;
        auto answer = co_await tell_end(work, *found.stored, true, false);
        co_return answer;
    }
    if (!is_accepted(reply)) {
        if (!reply.is_unknown) {
            work.note = CallNote{};
            (void)co_await keep(work);
            co_await forget_link(work);
        }
        co_return connector::answer_of(reply.verdict);
    }
    // A second POST may be answered with the call as it was stored by the first: then something of
    // the end is missing in the answer, and an update brings it.
    work.note.is_there = true;
    work.note.extension = only_extension(call);
    auto stored = stored_in(reply.response).value_or(Stored{});
    const bool is_older = !stored.has_end && !stored.has_duration;
    work.note.sequence = is_older ? CallNote::beyond_lost : 0;
    auto answer = co_await tell_end(work, std::move(stored), true, false);
    co_return answer;
}

asio::awaitable<Answer> CallSteps::tell_end(
    Work& work, Stored stored, bool with_link, bool may_create
) {
    const auto& call = work.step.call();
    const auto update = end_update(call, work.context, stored, with_link);
    if (!update.is_empty()) {
        work.note.sequence += update.tells_end ? 1 : 0;
        const auto kept = co_await keep_doubt(work, CallNote::ending);
        if (!kept) {
            co_return connector::answer_of(kept.error());
        }
        auto order =
            api_.update(work.account, work.context.external_id, update.to_json(work.note.sequence));
        const auto reply = co_await send(work, std::move(order), Priority::record);
        if (reply.verdict.kind == Verdict::Kind::absent && may_create) {
            auto answer = co_await create_ended(work);
            co_return answer;
        }
        if (!is_accepted(reply)) {
            if (!reply.is_unknown) {
                work.note.doubt.clear();
                (void)co_await keep(work);
                co_await forget_link(work);
            }
            co_return connector::answer_of(reply.verdict);
        }
    }
    if (!call.record_url.empty()) {
        const std::vector<std::string> keys{link_key(work.step)};
        const auto finished = co_await parts_.effects.finish(work.enterprise(), keys, "");
        if (!finished) {
            co_return connector::answer_of(finished.error());
        }
    }
    work.note.is_there = true;
    work.note.doubt.clear();
    work.note.end = call.answered ? CallNote::End::answered : CallNote::End::missed;
    for (auto& [extension, card] : work.note.cards) {
        card = CallNote::Card::hidden;
    }
    const auto kept = co_await keep(work);
    co_return kept ? connector::done() : connector::answer_of(kept.error());
}

/// The recording surely was not taken.
asio::awaitable<void> CallSteps::forget_link(Work& work) {
    if (!work.step.call().record_url.empty()) {
        const std::vector<std::string> keys{link_key(work.step)};
        (void)co_await parts_.effects.forget(work.enterprise(), keys);
    }
}

}  // namespace trunkline::moysklad

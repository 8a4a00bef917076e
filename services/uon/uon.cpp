#include "uon.hpp"

#include <algorithm>
#include <utility>

#include "api.hpp"
#include "base/log.hpp"
#include "base/text.hpp"
#include "judge.hpp"
#include "recordings/link.hpp"

namespace trunkline::uon {
namespace {

using connector::Answer;
using connector::Verdict;

/// Below the gateway's limit for a step (30 s), and what follows Effects::begin below its lease.
constexpr auto step_limit = std::chrono::seconds(26);
constexpr auto record_lease = std::chrono::seconds(40);
constexpr auto popup_limit = std::chrono::seconds(8);
/// A pop-up without a name is better than a late one.
constexpr auto name_limit = std::chrono::milliseconds(1'500);
constexpr auto popup_gap = std::chrono::seconds(10);
constexpr std::size_t most_popups = 10'000;
constexpr auto look_for_link_again = std::chrono::seconds(5);
constexpr auto come_again = std::chrono::seconds(2);

net::Deadline now() { return std::chrono::steady_clock::now(); }

base::Logger logger() { return base::Logger("uon"); }

/// A look-up's failure as the answer to a step.
Answer answer_of(const base::Error& error) {
    return error.code == base::Errc::forbidden ? connector::permanent(error.detail)
                                               : connector::retry(error.detail);
}

bool may_have_recording(const tenants::Enterprise& enterprise, const call::Call& call) {
    return call.answered && recordings::gets_link(enterprise.recordings, true);
}

}  // namespace

asio::awaitable<Answer> Uon::take(const connector::Step& step) {
    auto account = account_of(*step.enterprise, parts_.secrets);
    if (!account) {
        co_return connector::permanent(
            account.error().detail, "trunkctl enterprise set-integration"
        );
    }
    const Work work{step, std::move(*account), net::deadline_in(step_limit)};
    switch (step.event.kind) {
        case call::DispatchKind::dial: {
            auto answer = co_await ring(work);
            co_return answer;
        }
        case call::DispatchKind::hangup: {
            auto answer = co_await hang_up(work);
            co_return answer;
        }
        case call::DispatchKind::bridge:
            co_return connector::ignored("U-ON knows no answered event");
        case call::DispatchKind::update:
            co_return connector::ignored("U-ON cannot change a recorded call");
    }
    co_return connector::permanent("unknown event type");
}

/// One pop-up for each manager who rings and has not had one, each an effect of its own.
asio::awaitable<Answer> Uon::ring(const Work& work) {
    const auto& step = work.step;
    if (connector::is_outbound(step.call())) {
        co_return connector::ignored("U-ON shows inbound calls only");
    }
    if (step.call().recovered || step.is_overtaken()) {
        co_return connector::ignored("the pop-up is overtaken");
    }
    const auto until = std::min(work.deadline, net::deadline_in(popup_limit));
    const auto staff = co_await staff_of(step.enterprise, work.account, until);
    if (!staff) {
        co_return answer_of(staff.error());
    }
    const auto ringing = managers_ringing(step.call(), *staff);
    if (ringing.empty()) {
        co_return connector::ignored("nobody who rings is a manager in U-ON");
    }
    const auto client = co_await cabinet_.client(
        step.enterprise,
        work.account,
        connector::digits(step.call().phone),
        connector::Priority::popup,
        std::min(until, net::deadline_in(name_limit))
    );
    const auto line = step.enterprise->lines.find(step.call().line);
    const auto text = notification_text(
        step.call(),
        client ? client->shown_name() : "",
        line == step.enterprise->lines.end() ? "" : line->second.name
    );
    auto answer = connector::duplicate("all managers have had their pop-up");
    for (const auto& manager : ringing) {
        auto told = co_await notify(work, text, manager);
        if (told.result == Answer::Result::retry) {
            co_return told;
        }
        // One whom U-ON refuses keeps nobody else from seeing his pop-up, but is told of.
        const bool is_worse =
            answer.result != Answer::Result::permanent && told.result != Answer::Result::duplicate;
        if (is_worse) {
            answer = std::move(told);
        }
    }
    co_return answer;
}

asio::awaitable<Answer> Uon::notify(
    const Work& work, const std::string& text, const std::string& manager_id
) {
    const auto& step = work.step;
    const auto& enterprise = step.event.enterprise_number;
    const std::vector<std::string> keys{step.external_id + ":ring:" + manager_id};
    const auto effects = co_await parts_.effects.begin(enterprise, keys);
    if (!effects) {
        co_return connector::answer_of(effects.error());
    }
    if (effects->empty()) {
        co_return connector::duplicate("the manager has had the pop-up");
    }
    const bool is_repeated = effects->front().repeated;
    if (!is_repeated && !claim_popup(work, manager_id)) {
        (void)co_await parts_.effects.finish(enterprise, keys, "");
        co_return connector::duplicate("the manager had one about this number a moment ago");
    }
    if (is_repeated) {
        (void)co_await parts_.effects.count_possible_doubles(enterprise, keys);
    }
    auto order = post(
        cabinet_.base_url(),
        work.account,
        "notification/create",
        notification_form(text, manager_id)
    );
    order.priority = connector::Priority::popup;
    order.limit = net::time_left(work.deadline);
    const auto reply = co_await parts_.crm.send(std::move(order), step.subject());
    const auto kept = co_await parts_.effects.settle(enterprise, keys, reply);
    if (!kept) {
        logger().warning(
            "{}: what became of a pop-up of {} could not be kept: {}",
            enterprise,
            step.external_id,
            base::describe(kept.error())
        );
    }
    if (reply.verdict.kind != Verdict::Kind::accepted) {
        popups_.erase(enterprise + "/" + manager_id + "/" + step.call().phone);
    }
    co_return connector::answer_of(reply.verdict);
}

bool Uon::claim_popup(const Work& work, const std::string& manager_id) {
    const auto key =
        work.step.event.enterprise_number + "/" + manager_id + "/" + work.step.call().phone;
    const auto last = popups_.find(key);
    if (last != popups_.end() && now() - last->second < popup_gap) {
        return false;
    }
    if (popups_.size() >= most_popups) {
        std::erase_if(popups_, [](const auto& item) { return now() - item.second >= popup_gap; });
    }
    popups_[key] = now();
    return true;
}

asio::awaitable<Answer> Uon::hang_up(const Work& work) {
    auto record = co_await record_for(work);
    if (!record) {
        co_return answer_of(record.error());
    }
    if (const auto wait = co_await wait_for_link(work, record->record_link)) {
        co_return connector::retry_this_call("the recording's link is not known yet", *wait);
    }
    // Two calls that look the same in U-ON's list are told apart only one after the other.
    const auto alike = work.step.event.enterprise_number + "/" + record->signature();
    if (!recording_.insert(alike).second) {
        co_return connector::retry_this_call("a call that looks the same is under way", come_again);
    }
    struct Leave {
        std::set<std::string>& set;
        const std::string& key;
        ~Leave() { set.erase(key); }
    } const leave{recording_, alike};
    auto answer = co_await this->record(work, *record);
    co_return answer;
}

asio::awaitable<std::optional<std::chrono::milliseconds>> Uon::wait_for_link(
    const Work& work, std::string& link
) {
    const auto& step = work.step;
    // Whoever sends without ingest has no calls of ours that a link could come for.
    const bool is_expected = link.empty() && !step.event.event_id.empty() &&
                             !settings_.common.public_url.empty() &&
                             may_have_recording(*step.enterprise, step.call());
    const auto waited = base::system_clock().now() - step.event.accepted_at;
    if (!is_expected) {
        co_return std::nullopt;
    }
    const auto rows = co_await parts_.pool.execute(
        "SELECT coalesce(record_url, '') AS record_url FROM calls WHERE enterprise_number = $1 AND "
        "uuid = $2::uuid",
        pg::Params::of(step.event.enterprise_number, step.call().uuid)
    );
    if (rows && !rows->empty()) {
        link = rows->front().text("record_url");
    }
    const auto left =
        std::chrono::duration_cast<std::chrono::milliseconds>(settings_.record_wait - waited);
    if (!link.empty() || left <= std::chrono::milliseconds::zero()) {
        co_return std::nullopt;
    }
    co_return std::min<std::chrono::milliseconds>(left, look_for_link_again);
}

asio::awaitable<base::Result<CallRecord>> Uon::record_for(const Work& work) {
    const auto& step = work.step;
    const auto staff = co_await staff_of(step.enterprise, work.account, work.deadline);
    if (!staff) {
        co_return std::unexpected(staff.error());
    }
    std::string responsible;
    const bool is_asked = !step.call().answered && managers_ringing(step.call(), *staff).size() > 1;
    if (is_asked) {
        const auto client = co_await cabinet_.client(
            step.enterprise,
            work.account,
            connector::digits(step.call().phone),
            connector::Priority::record,
            work.deadline
        );
        if (!client) {
            co_return std::unexpected(client.error());
        }
        responsible = client->manager_id;
    }
    co_return record_of(
        step.call(), work.account.timezone, manager_of_record(step.call(), *staff, responsible)
    );
}

/// U-ON knows no key of ours and takes a repeat for a second call. So what was begun and may have
/// taken effect is looked for first, and nobody else begins it while somebody may be at it.
asio::awaitable<Answer> Uon::record(const Work& work, const CallRecord& record) {
    const auto& enterprise = work.step.event.enterprise_number;
    const auto key = work.step.external_id + ":record";
    const std::vector<std::string> keys{key};
    const auto effects = co_await parts_.effects.begin(enterprise, keys, record_lease);
    if (!effects) {
        co_return connector::answer_of(effects.error());
    }
    if (effects->empty()) {
        co_return connector::duplicate("the call is recorded");
    }
    if (effects->front().is_taken) {
        co_return connector::retry_this_call("another process is at it", come_again);
    }
    const bool was_begun = effects->front().repeated;
    if (was_begun) {
        const auto row = co_await find_row(work, record);
        if (!row) {
            co_return answer_of(row.error());
        }
        if (!row->empty()) {
            const auto kept = co_await parts_.effects.finish(enterprise, keys, *row);
            if (!kept) {
                co_return connector::answer_of(kept.error());
            }
            co_return connector::duplicate("the call is there as " + *row);
        }
    }
    auto answer = co_await create_row(work, record, key, was_begun);
    co_return answer;
}

asio::awaitable<base::Result<std::string>> Uon::find_row(
    const Work& work, const CallRecord& record
) {
    const auto ids = co_await cabinet_.rows_like(work.account, record, work.deadline);
    if (!ids) {
        co_return std::unexpected(ids.error());
    }
    for (const auto& id : *ids) {
        if (id.empty()) {
            co_return std::string("a row without id");
        }
        // The row may be another call's that looks the same.
        const auto owner =
            co_await parts_.effects.key_with_answer(work.step.event.enterprise_number, id);
        if (!owner) {
            co_return std::unexpected(owner.error());
        }
        if (!*owner) {
            co_return id;
        }
    }
    co_return std::string();
}

asio::awaitable<Answer> Uon::create_row(
    const Work& work, const CallRecord& record, const std::string& key, bool was_begun
) {
    const auto& enterprise = work.step.event.enterprise_number;
    auto order = post(cabinet_.base_url(), work.account, "call_history/create", record.form());
    order.limit = net::time_left(work.deadline);
    const auto reply = co_await parts_.crm.send(std::move(order), work.step.subject());
    base::Result<> kept;
    if (reply.verdict.kind == Verdict::Kind::accepted || !was_begun) {
        kept = co_await parts_.effects.settle(enterprise, {key}, reply);
    }
    // What was begun before stays so: an earlier try's doubt is not undone by a later one's
    // refusal.
    if (!kept) {
        logger().warning(
            "{}: what became of the record of {} could not be kept: {}",
            enterprise,
            work.step.external_id,
            base::describe(kept.error())
        );
    }
    co_return connector::answer_of(reply.verdict);
}

asio::awaitable<base::Result<Uon::Staff>> Uon::staff_of(
    connector::EnterprisePointer enterprise, Account account, net::Deadline deadline
) {
    const auto people = co_await cabinet_.managers(enterprise, std::move(account), deadline);
    if (!people) {
        co_return std::unexpected(people.error());
    }
    co_return uon::staff_of(*enterprise, *people);
}

asio::awaitable<base::Result<connector::Customer>> Uon::find_customer(
    connector::EnterprisePointer enterprise, std::string phone, net::Deadline deadline
) {
    const auto account = account_of(*enterprise, parts_.secrets);
    if (!account) {
        co_return std::unexpected(account.error());
    }
    const auto digits = base::digits_of(phone);
    if (digits.empty()) {
        co_return connector::Customer{};
    }
    const auto client = co_await cabinet_.client(
        enterprise, *account, digits, connector::Priority::lookup, deadline
    );
    if (!client) {
        co_return std::unexpected(client.error());
    }
    connector::Customer customer;
    if (client->id.empty()) {
        co_return customer;
    }
    customer.found = true;
    customer.id = client->id;
    customer.name = client->shown_name();
    customer.company = client->company;
    if (!client->manager_id.empty()) {
        const auto staff = co_await staff_of(enterprise, *account, deadline);
        const auto* manager = staff ? manager_by_id(*staff, client->manager_id) : nullptr;
        customer.responsible =
            manager != nullptr ? *manager : connector::Manager{client->manager_id, "", ""};
    }
    co_return customer;
}

asio::awaitable<base::Result<std::vector<connector::Manager>>> Uon::managers(
    connector::EnterprisePointer enterprise, net::Deadline deadline
) {
    const auto account = account_of(*enterprise, parts_.secrets);
    if (!account) {
        co_return std::unexpected(account.error());
    }
    auto staff = co_await staff_of(enterprise, *account, deadline);
    co_return staff;
}

/// A key has a switch for reading and one for writing, so both are tried. The writing deletes a
/// webhook that cannot exist.
asio::awaitable<base::Result<std::string>> Uon::test_connection(
    connector::EnterprisePointer enterprise, net::Deadline deadline
) {
    const auto account = account_of(*enterprise, parts_.secrets);
    if (!account) {
        co_return std::unexpected(account.error());
    }
    cabinet_.forget_managers(enterprise->number);
    const auto staff = co_await staff_of(enterprise, *account, deadline);
    if (!staff) {
        co_return std::unexpected(staff.error());
    }
    auto order = post(cabinet_.base_url(), *account, "webhook/delete/0", "");
    order.judge = judge;
    order.limit = net::time_left(deadline);
    const auto reply = co_await parts_.crm.send(std::move(order));
    constexpr unsigned forbidden = 403;
    if (reply.response.status == forbidden) {
        co_return base::fail(
            base::Errc::forbidden, "the key may read but not write: switch on POST for it in U-ON"
        );
    }
    const auto with_extension = std::ranges::count_if(
        *staff, [](const connector::Manager& manager) { return !manager.extension.empty(); }
    );
    co_return "the key works; U-ON has " + std::to_string(staff->size()) + " managers, " +
        std::to_string(with_extension) + " of them with an extension";
}

}  // namespace trunkline::uon

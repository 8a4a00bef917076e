#include "retail_crm.hpp"

#include <utility>

#include "api.hpp"
#include "base/log.hpp"
#include "base/text.hpp"
#include "module.hpp"
#include "people.hpp"
#include "staff.hpp"

namespace trunkline::retailcrm {
namespace {

using connector::Answer;

base::Logger logger() { return base::Logger("retailcrm"); }

}  // namespace

asio::awaitable<Answer> RetailCrm::take(const connector::Step& step) {
    auto account = account_of(*step.enterprise, parts_.secrets);
    if (!account) {
        co_return connector::permanent(
            account.error().detail, "trunkctl enterprise set-integration"
        );
    }
    Context context;
    context.external_phone = connector::our_number(*step.enterprise, step.call());
    context.site = account->site;
    context.timezone = account->timezone;
    const Work work{step, std::move(*account), std::move(context)};
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
            co_return connector::ignored("RetailCRM knows no answered event");
        case call::DispatchKind::update:
            co_return connector::ignored("RetailCRM cannot change a recorded call");
    }
    co_return connector::permanent("unknown event type");
}

/// One pop-up for all extensions that have not had one: each extension is an effect of its own.
asio::awaitable<Answer> RetailCrm::ring(const Work& work) {
    const auto& step = work.step;
    if (step.is_overtaken()) {
        co_return connector::ignored("the pop-up is overtaken");
    }
    const auto prefix = step.external_id + ":ring:";
    std::vector<std::string> keys;
    for (const auto& code : step.call().rang) {
        keys.push_back(prefix + code);
    }
    if (keys.empty()) {
        co_return connector::ignored("nobody rings");
    }
    const auto effects = co_await parts_.effects.begin(step.event.enterprise_number, keys);
    if (!effects) {
        co_return connector::answer_of(effects.error());
    }
    if (effects->empty()) {
        co_return connector::duplicate("all extensions have had their pop-up");
    }
    (void)co_await parts_.effects.count_possible_doubles(
        step.event.enterprise_number, connector::repeated_keys_of(*effects)
    );
    std::vector<std::string> codes;
    for (const auto& effect : *effects) {
        codes.push_back(effect.key.substr(prefix.size()));
    }
    const auto event = ringing_event(step.call(), std::move(codes), work.context);
    auto order = post(work.account, "/telephony/call/event", "event", event.to_json());
    order.priority = connector::Priority::popup;
    auto answer = co_await send(work, std::move(order), connector::keys_of(*effects));
    co_return answer;
}

/// Closes the pop-up, then records the call. The record is sent whatever became of the pop-up.
asio::awaitable<Answer> RetailCrm::hang_up(const Work& work) {
    const auto& step = work.step;
    if (!step.is_overtaken()) {
        std::vector<std::string> keys{step.external_id + ":hangup"};
        const auto effects = co_await parts_.effects.begin(step.event.enterprise_number, keys);
        if (!effects) {
            co_return connector::answer_of(effects.error());
        }
        if (!effects->empty()) {
            (void)co_await parts_.effects.count_possible_doubles(
                step.event.enterprise_number, connector::repeated_keys_of(*effects)
            );
            const auto event = hangup_event(step.call(), work.context);
            auto order = post(work.account, "/telephony/call/event", "event", event.to_json());
            order.priority = connector::Priority::popup;
            const auto told = co_await send(work, std::move(order), std::move(keys));
            if (told.result == Answer::Result::retry) {
                co_return told;
            }
        }
    }
    auto answer = co_await upload(work);
    co_return answer;
}

/// RetailCRM itself finds a repeat by externalId, so this may be sent again without a doubt.
asio::awaitable<Answer> RetailCrm::upload(const Work& work) {
    const auto& step = work.step;
    std::vector<std::string> keys{step.external_id + ":upload"};
    const auto effects = co_await parts_.effects.begin(step.event.enterprise_number, keys);
    if (!effects) {
        co_return connector::answer_of(effects.error());
    }
    if (effects->empty()) {
        co_return connector::duplicate("the call is recorded");
    }
    const auto call = uploaded_call(step.call(), work.context);
    auto order = post(work.account, "/telephony/calls/upload", "calls", "[" + call.to_json() + "]");
    order.repeatable = true;
    auto answer = co_await send(work, std::move(order), std::move(keys));
    co_return answer;
}

asio::awaitable<Answer> RetailCrm::send(
    const Work& work, connector::Order order, std::vector<std::string> keys
) {
    const auto& enterprise = work.step.event.enterprise_number;
    const auto reply = co_await parts_.crm.send(std::move(order), work.step.subject());
    const auto kept = co_await parts_.effects.settle(enterprise, std::move(keys), reply);
    if (!kept) {
        logger().warning(
            "{}: an effect of {} could not be kept: {}",
            enterprise,
            work.step.external_id,
            base::describe(kept.error())
        );
    }
    co_return connector::answer_of(reply.verdict);
}

asio::awaitable<base::Result<connector::Customer>> RetailCrm::find_customer(
    connector::EnterprisePointer enterprise, std::string phone, net::Deadline deadline
) {
    const auto account = account_of(*enterprise, parts_.secrets);
    if (!account) {
        co_return std::unexpected(account.error());
    }
    auto order =
        get(*account,
            "/v5/telephony/manager?phone=" + base::percent_encode("+" + base::digits_of(phone)) +
                "&details=1&ignoreStatus=1");
    const auto found = co_await ask(parts_.crm, std::move(order), deadline);
    if (!found) {
        co_return std::unexpected(found.error());
    }
    co_return customer_of(found->root());
}

asio::awaitable<base::Result<std::vector<connector::Manager>>> RetailCrm::managers(
    connector::EnterprisePointer enterprise, net::Deadline deadline
) {
    const auto account = account_of(*enterprise, parts_.secrets);
    if (!account) {
        co_return std::unexpected(account.error());
    }
    const auto users = co_await active_users(parts_.crm, *account, deadline);
    if (!users) {
        co_return std::unexpected(users.error());
    }
    const auto codes =
        co_await codes_of_module(parts_.crm, *account, module_code(enterprise->number), deadline);
    // Whose key may not read modules still gets his managers.
    if (!codes && codes.error().code != base::Errc::forbidden) {
        co_return std::unexpected(codes.error());
    }
    std::vector<connector::Manager> out;
    for (const auto& user : *users) {
        const auto code = codes ? codes->find(user.id) : Codes::const_iterator();
        out.push_back(
            {.id = std::to_string(user.id),
             .name = user.name,
             .extension = codes && code != codes->end() ? code->second : ""}
        );
    }
    co_return out;
}

asio::awaitable<base::Result<std::string>> RetailCrm::test_connection(
    connector::EnterprisePointer enterprise, net::Deadline deadline
) {
    const auto account = account_of(*enterprise, parts_.secrets);
    if (!account) {
        co_return std::unexpected(account.error());
    }
    auto order = get(*account, "/credentials");
    const auto credentials = co_await ask(parts_.crm, std::move(order), deadline);
    if (!credentials) {
        co_return std::unexpected(credentials.error());
    }
    co_return rights_in(credentials->root());
}

}  // namespace trunkline::retailcrm

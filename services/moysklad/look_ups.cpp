#include "look_ups.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

#include "answers.hpp"
#include "base/log.hpp"
#include "base/text.hpp"

namespace trunkline::moysklad {
namespace {

using connector::Verdict;

/// integration-cache remembers for longer; this is for those that ask side by side.
constexpr auto customer_life = std::chrono::seconds(15);
constexpr auto employees_life = std::chrono::seconds(60);
constexpr std::size_t last_digits = 9;
/// A card that was not found by its own number is looked into; further ones are a coincidence.
constexpr std::size_t most_looked_into = 4;

base::Logger logger() { return base::Logger("moysklad"); }

template <class Items, class Id>
auto find_by_id(const Items& items, const Id& id) {
    return std::ranges::find_if(items, [&](const auto& item) { return item.id == id; });
}

}  // namespace

LookUps::LookUps(const connector::Parts& parts, const Api& api)
    : parts_(parts),
      api_(api),
      customers_(base::system_clock(), customer_life),
      extensions_(base::system_clock(), employees_life),
      names_(base::system_clock(), employees_life) {}

asio::awaitable<base::Result<connector::Customer>> LookUps::find_customer(
    connector::EnterprisePointer enterprise, std::string phone, net::Deadline deadline
) {
    const auto account = account_of(*enterprise, parts_.secrets);
    if (!account) {
        co_return std::unexpected(account.error());
    }
    if (account->authorization.empty()) {
        co_return connector::Customer{};  // Names by Remap are not configured: nobody is known.
    }
    const auto digits = base::digits_of(phone);
    const auto key = account->remap_name() + " " + digits;
    if (auto known = customers_.find(key)) {
        co_return std::move(*known);
    }
    const auto matches = co_await matches_of(*account, digits, deadline);
    if (!matches) {
        co_return std::unexpected(matches.error());
    }
    connector::Customer customer;
    if (!matches->empty()) {
        customer = customer_of(latest(*matches));
    }
    if (matches->size() > 1) {
        logger().warning(
            "{}: {} cards in MoySklad have the number {}, which is ambiguous: took {}, changed "
            "last",
            enterprise->number,
            matches->size(),
            digits,
            customer.id
        );
    }
    if (customer.responsible) {
        co_await describe(*account, *customer.responsible, deadline);
    }
    customers_.keep(key, customer);
    co_return customer;
}

/// All digits first; then the last nine, for those who write 8029 or 80 29.
asio::awaitable<base::Result<std::vector<Match>>> LookUps::matches_of(
    const Account& account, std::string phone, net::Deadline deadline
) {
    auto matches = co_await search(account, phone, phone, deadline);
    if (matches && matches->empty() && phone.size() > last_digits) {
        auto tail = phone.substr(phone.size() - last_digits);
        matches = co_await search(account, std::move(tail), phone, deadline);
    }
    co_return matches;
}

asio::awaitable<base::Result<std::vector<Match>>> LookUps::search(
    const Account& account, std::string text, std::string phone, net::Deadline deadline
) {
    auto order = api_.remap(account, "/entity/counterparty?search=" + text + "&limit=10");
    const auto found = co_await get(std::move(order), deadline);
    if (!found) {
        co_return std::unexpected(found.error());
    }
    std::vector<Match> matches;
    std::size_t looked_into = 0;
    const auto cards = counterparties_in(found->root());
    for (const auto& card : cards) {
        if (is_same_phone(card.phone, phone)) {
            matches.push_back({.card = card, .contact = ""});
            continue;
        }
        if (card.contacts == 0 || looked_into == most_looked_into) {
            continue;
        }
        ++looked_into;
        auto persons = api_.remap(account, "/entity/counterparty/" + card.id + "/contactpersons");
        const auto contacts = co_await get(std::move(persons), deadline);
        if (!contacts) {
            co_return std::unexpected(contacts.error());
        }
        const auto list = contacts_in(contacts->root());
        for (const auto& contact : list) {
            if (is_same_phone(contact.phone, phone)) {
                matches.push_back({.card = card, .contact = contact.name});
                break;
            }
        }
    }
    co_return matches;
}

/// What is not found out stays empty: a name is no reason to have no answer.
asio::awaitable<void> LookUps::describe(
    const Account& account, connector::Manager& manager, net::Deadline deadline
) {
    const auto with_extension = co_await extensions(account, deadline);
    if (with_extension) {
        const auto found = find_by_id(*with_extension, manager.id);
        manager.extension = found == with_extension->end() ? "" : found->extension;
    }
    const auto with_name = co_await names(account, deadline);
    if (with_name) {
        const auto found = find_by_id(*with_name, manager.id);
        manager.name = found == with_name->end() ? "" : found->name;
    }
}

asio::awaitable<base::Result<std::vector<Employee>>> LookUps::extensions(
    const Account& account, net::Deadline deadline
) {
    const auto key = account.phone_name();
    if (auto known = extensions_.find(key)) {
        co_return std::move(*known);
    }
    const auto found = co_await get(api_.employees(account), deadline);
    if (!found) {
        co_return std::unexpected(found.error());
    }
    auto employees = extensions_in(found->root());
    extensions_.keep(key, employees);
    co_return employees;
}

asio::awaitable<base::Result<std::vector<Employee>>> LookUps::names(
    const Account& account, net::Deadline deadline
) {
    if (account.authorization.empty()) {
        co_return Employees{};
    }
    const auto key = account.remap_name();
    if (auto known = names_.find(key)) {
        co_return std::move(*known);
    }
    const auto found = co_await get(api_.remap(account, "/entity/employee?limit=1000"), deadline);
    if (!found) {
        co_return std::unexpected(found.error());
    }
    auto employees = names_in(found->root());
    names_.keep(key, employees);
    co_return employees;
}

asio::awaitable<base::Result<std::vector<connector::Manager>>> LookUps::managers(
    connector::EnterprisePointer enterprise, net::Deadline deadline
) {
    const auto account = account_of(*enterprise, parts_.secrets);
    if (!account) {
        co_return std::unexpected(account.error());
    }
    const auto with_extension = co_await extensions(*account, deadline);
    if (!with_extension) {
        co_return std::unexpected(with_extension.error());
    }
    const auto with_name = co_await names(*account, deadline);
    if (!with_name) {
        co_return std::unexpected(with_name.error());
    }
    std::vector<connector::Manager> managers;
    for (const auto& employee : *with_extension) {
        const auto named = find_by_id(*with_name, employee.id);
        managers.push_back(
            {.id = employee.id,
             .name = named == with_name->end() ? "" : named->name,
             .extension = employee.extension}
        );
    }
    co_return managers;
}

asio::awaitable<base::Result<std::string>> LookUps::test_connection(
    connector::EnterprisePointer enterprise, net::Deadline deadline
) {
    const auto account = account_of(*enterprise, parts_.secrets);
    if (!account) {
        co_return std::unexpected(account.error());
    }
    const auto phones = co_await get(api_.employees(*account), deadline);
    if (!phones) {
        co_return base::fail(phones.error().code, "Phone API: " + phones.error().detail);
    }
    const auto count = extensions_in(phones->root()).size();
    auto detail =
        "the key of the Phone API works, " + std::to_string(count) + " employees have an extension";
    if (account->authorization.empty()) {
        co_return detail + "; names by Remap are not configured";
    }
    const auto own = co_await get(api_.remap(*account, "/context/employee"), deadline);
    if (!own) {
        co_return base::fail(own.error().code, "Remap: " + own.error().detail);
    }
    co_return detail + "; Remap answers too";
}

asio::awaitable<base::Result<json::Document>> LookUps::get(
    connector::Order order, net::Deadline deadline
) {
    order.limit = net::time_left(deadline);
    const auto account = order.account;
    const auto cost = order.cost;
    const auto reply = co_await parts_.crm.send(std::move(order));
    if (const auto pause = pause_after(reply.response, cost)) {
        parts_.crm.pacer().pause(account, *pause);
    }
    const auto& verdict = reply.verdict;
    switch (verdict.kind) {
        case Verdict::Kind::accepted: {
            co_return connector::body_of(reply.response);
        }
        case Verdict::Kind::absent:
            co_return json::Document{};
        case Verdict::Kind::refused:
            co_return base::fail(
                base::Errc::forbidden,
                verdict.detail + (verdict.mend.empty() ? "" : "; " + verdict.mend)
            );
        default:
            co_return base::fail(base::Errc::unavailable, verdict.detail);
    }
}

}  // namespace trunkline::moysklad

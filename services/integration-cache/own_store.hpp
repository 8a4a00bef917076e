#pragma once

#include <optional>
#include <string>
#include <vector>

#include "customer.hpp"
#include "net/asio.hpp"
#include "own_people.hpp"
#include "pg/pool.hpp"

namespace trunkline::integration_cache {

/// How much of a list, and from where.
struct OwnPage {
    int limit = 100;
    std::optional<std::string> cursor;  ///< `next` of the page before.
};

/// The contacts and companies in PostgreSQL. Everything is of one enterprise, whose number comes
/// first; who changes something of an enterprise does so alone. Any executor's own.
class OwnStore {
public:
    explicit OwnStore(pg::Pool& pool) : pool_(pool) {}

    struct ContactFilter {
        std::optional<std::string> words;  ///< Part of a name, company, e-mail, note or number.
        std::optional<std::string> phone;  ///< Match key.
        std::optional<std::string> company_id;
        OwnPage page;
    };
    struct CompanyFilter {
        std::optional<std::string> words;
        OwnPage page;
    };
    /// `{"items":[...],"next":...}`. invalid_input: no cursor of ours.
    asio::awaitable<base::Result<std::string>> contacts(
        std::string enterprise, ContactFilter filter
    );
    asio::awaitable<base::Result<std::string>> companies(
        std::string enterprise, CompanyFilter filter
    );

    /// not_found.
    asio::awaitable<base::Result<OwnContact>> contact(std::string enterprise, std::string id);
    asio::awaitable<base::Result<OwnCompany>> company(std::string enterprise, std::string id);

    enum class Mode {
        put,    ///< Makes it if there is none of that id.
        patch,  ///< not_found if there is none.
    };
    template <class One>
    struct Kept {
        One one;
        bool is_new = false;
    };
    /// conflict: one of its numbers belongs to another contact, told in `fields`. invalid_input: it
    /// would have neither name nor company, or the company is none.
    asio::awaitable<base::Result<Kept<OwnContact>>> keep_contact(
        std::string enterprise, std::string id, ContactChange change, Mode mode
    );
    /// conflict: there is another company of that name.
    asio::awaitable<base::Result<Kept<OwnCompany>>> keep_company(
        std::string enterprise, std::string id, CompanyChange change, Mode mode
    );
    /// not_found. Its calls stay.
    asio::awaitable<base::Result<>> remove_contact(std::string enterprise, std::string id);
    /// Its contacts stay; those without a name of their own get the company's.
    asio::awaitable<base::Result<>> remove_company(std::string enterprise, std::string id);

    struct ImportHow {
        bool skip_bad = false;
        bool dry_run = false;
    };
    struct Imported {
        std::size_t created = 0;
        std::size_t updated = 0;
        std::size_t unchanged = 0;
        std::size_t companies = 0;  ///< Made.
        std::vector<csv::BadLine> bad;
    };
    /// A line whose number belongs to a contact changes that one; what is empty in it stays as it
    /// is, numbers are added. All or nothing: invalid_input with every bad line in `fields`, unless
    /// they are to be left out.
    asio::awaitable<base::Result<Imported>> import(
        std::string enterprise, ContactImport import, ImportHow how
    );

    /// Who the number belongs to; nothing if nobody knows it.
    asio::awaitable<base::Result<std::optional<Customer>>> customer_of(
        std::string enterprise, std::string phone, net::Deadline deadline
    );

private:
    pg::Pool& pool_;
};

}  // namespace trunkline::integration_cache

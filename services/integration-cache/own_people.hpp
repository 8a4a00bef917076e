#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "base/error.hpp"
#include "csv/table.hpp"
#include "json/document.hpp"
#include "json/writer.hpp"
#include "tenants/enterprise.hpp"

namespace trunkline::integration_cache {

// The contacts and companies of an enterprise that has no CRM (docs/own-crm.md). Pure.

struct OwnNumber {
    std::string key;     ///< As in calls and customers.
    std::string number;  ///< As people read it: `+375296254070`.

    bool operator==(const OwnNumber&) const = default;
};

struct OwnCompany {
    std::string id;
    std::string name;
    std::string responsible;
    std::string note;
    base::WallTime created_at;
    base::WallTime updated_at;
};

struct OwnContact {
    std::string id;
    std::string name;
    std::string company_id;  ///< "" for none.
    std::string company;
    std::vector<std::string> numbers;
    std::string email;
    std::string responsible;  ///< The manager's extension.
    std::string note;
    base::WallTime created_at;
    base::WallTime updated_at;
};

/// What somebody wants of a contact; nothing: it stays as it is.
struct ContactChange {
    std::optional<std::string> name;
    std::optional<std::string> company;     ///< By its name; made if there is none of it.
    std::optional<std::string> company_id;  ///< Goes before `company`.
    std::optional<std::vector<OwnNumber>> numbers;
    std::optional<std::string> email;
    std::optional<std::string> responsible;
    std::optional<std::string> note;
};
struct CompanyChange {
    std::optional<std::string> name;
    std::optional<std::string> responsible;
    std::optional<std::string> note;
};

/// Reads a request's body. `is_whole`: what it does not name becomes empty; else it stays, and null
/// makes it empty. invalid_input names every wrong member.
base::Result<ContactChange> read_contact(
    json::View body, const tenants::Enterprise& enterprise, bool is_whole
);
base::Result<CompanyChange> read_company(json::View body, bool is_whole);

/// Ids that an integrator may choose: letters, digits and `._~-`, at most 64.
bool is_own_id(std::string_view text);

void write(json::Writer& writer, const OwnContact& contact);
void write(json::Writer& writer, const OwnCompany& company);

/// One line of a CSV file of contacts. What is empty says nothing.
struct ImportedContact {
    std::size_t line = 0;
    std::string name;
    std::string company;
    std::vector<OwnNumber> numbers;
    std::string email;
    std::string responsible;
    std::string note;
};
struct ContactImport {
    std::vector<ImportedContact> contacts;
    std::vector<csv::BadLine> bad;
    std::vector<std::string> ignored;  ///< Headings that mean nothing here.
};
/// Headings in English or Russian. malformed, too_large: the file as a whole cannot be used.
base::Result<ContactImport> read_import(
    std::string_view text, const tenants::Enterprise& enterprise
);

}  // namespace trunkline::integration_cache

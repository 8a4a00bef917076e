#pragma once

#include <optional>
#include <string>
#include <vector>

#include "context.hpp"

namespace CLI {  // NOLINT(readability-identifier-naming)
class App;
}

namespace trunkline::trunkctl {

// Contacts and companies of an enterprise's own CRM, asked of integration-cache, which alone writes
// them. `any` is an enterprise's number, Token or name; `what` is `contacts` or `companies`.

/// A member of a contact or company, as the command line gives it.
struct OwnMember {
    std::string name;
    std::optional<std::string> text;
};
struct NewOwn {
    std::string id;  ///< "": a new one; else the one of that id is changed, or made.
    std::vector<OwnMember> members;
    std::vector<std::string> phones;
};
asio::awaitable<base::Result<>> put_own(
    Context& context, std::string any, std::string what, NewOwn one
);

struct OwnSearch {
    std::string words;
    std::string phone;
};
/// All of them, page by page.
asio::awaitable<base::Result<>> list_own(
    Context& context, std::string any, std::string what, OwnSearch search
);
/// With its last calls.
asio::awaitable<base::Result<>> show_own(
    Context& context, std::string any, std::string what, std::string id
);
asio::awaitable<base::Result<>> remove_own(
    Context& context, std::string any, std::string what, std::string id
);

struct OwnImport {
    std::string any;
    std::string file;  ///< `-` is standard input.
    bool skip_bad = false;
    bool dry_run = false;
};
asio::awaitable<base::Result<>> import_own(Context& context, OwnImport import);

/// `contact add|list|show|remove|import` and `company add|list|show|remove`. `app` and `work` must
/// outlive the parsing.
void add_own_commands(CLI::App& app, Work& work);

}  // namespace trunkline::trunkctl

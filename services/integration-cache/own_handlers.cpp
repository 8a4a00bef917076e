#include "own_handlers.hpp"

#include <charconv>
#include <functional>
#include <utility>

#include "base/ids.hpp"
#include "httpd/problem.hpp"
#include "lookup_handlers.hpp"

namespace trunkline::integration_cache {
namespace {

constexpr int most_items = 1000;

using Enterprise = tenants::Directory::Pointer;
using Answer = base::Result<httpd::Response>;
using Work = std::function<asio::awaitable<Answer>(const httpd::Request&, Enterprise)>;

/// Finds the path's enterprise and does the work for it; its errors become problems.
httpd::Handler for_enterprise(OwnParts parts, Work work) {
    return [parts, work = std::move(work)](const httpd::Request& request
           ) -> asio::awaitable<httpd::Response> {
        auto enterprise = co_await parts.directory.find_or_load(
            std::string(request.param("ent")), request.deadline
        );
        if (!enterprise) {
            co_return not_found_or_away(parts.directory);
        }
        auto answer = co_await work(request, std::move(enterprise));
        co_return answer ? std::move(*answer) : httpd::to_response(answer.error());
    };
}

template <class One>
httpd::Response in_json(const One& one, unsigned status = 200) {
    json::Writer writer;
    write(writer, one);
    return httpd::Response::json(writer.take(), status);
}

template <class One>
Answer answer_of(const base::Result<One>& one) {
    if (!one) {
        return std::unexpected(one.error());
    }
    return in_json(*one);
}

Answer answer_of(const base::Result<std::string>& page) {
    if (!page) {
        return std::unexpected(page.error());
    }
    return httpd::Response::json(*page);
}

Answer answer_of(const base::Result<>& done) {
    if (!done) {
        return std::unexpected(done.error());
    }
    return httpd::Response::empty(204);
}

template <class One>
Answer answer_of(const base::Result<OwnStore::Kept<One>>& kept) {
    if (!kept) {
        return std::unexpected(kept.error());
    }
    return in_json(kept->one, kept->is_new ? 201 : 200);
}

base::Result<std::string> id_of(const httpd::Request& request) {
    std::string id(request.param("id"));
    if (!is_own_id(id)) {
        return base::fail(
            base::Errc::invalid_input,
            "an id is made of at most 64 letters, digits and ._~-, not \"" + id.substr(0, 64) + "\""
        );
    }
    return id;
}

base::Result<OwnPage> page_of(const httpd::Request& request) {
    OwnPage page;
    page.cursor = request.query_param("cursor");
    const auto text = request.query_param("limit");
    if (text) {
        const auto* end = text->data() + text->size();
        const auto parsed = std::from_chars(text->data(), end, page.limit);
        if (parsed.ec != std::errc{} || parsed.ptr != end || page.limit < 1 ||
            page.limit > most_items) {
            return base::fail(
                base::Errc::invalid_input, "limit: must be a whole number from 1 to 1000"
            );
        }
    }
    return page;
}

base::Result<std::optional<std::string>> time_of(
    const httpd::Request& request, std::string_view name
) {
    const auto text = request.query_param(name);
    if (!text) {
        return std::optional<std::string>();
    }
    const auto time = base::parse_iso8601(*text);
    if (!time) {
        return base::fail(
            base::Errc::invalid_input, std::string(name) + ": " + time.error().detail
        );
    }
    return std::optional(base::format_iso8601(*time));
}

base::Result<bool> flag_of(const httpd::Request& request, std::string_view name) {
    const auto text = request.query_param(name);
    if (!text || *text == "false" || *text == "0") {
        return false;
    }
    if (text->empty() || *text == "true" || *text == "1") {
        return true;
    }
    return base::fail(base::Errc::invalid_input, std::string(name) + ": must be true or false");
}

/// The match key of the parameter `phone`. What is no number is nobody's, not everybody's.
std::optional<std::string> phone_of(
    const httpd::Request& request, const tenants::Enterprise& enterprise
) {
    return request.query_param("phone").transform([&](const auto& phone) {
        const auto key = enterprise.match_key(phone);
        return key.empty() ? std::string("no number") : key;
    });
}

base::Result<OwnCalls::Filter> calls_filter_of(
    const httpd::Request& request, const tenants::Enterprise& enterprise
) {
    const auto page = page_of(request);
    const auto from = time_of(request, "from");
    const auto to = time_of(request, "to");
    for (const auto* error :
         {page ? nullptr : &page.error(), from ? nullptr : &from.error(), to ? nullptr : &to.error()
         }) {
        if (error != nullptr) {
            return std::unexpected(*error);
        }
    }
    OwnCalls::Filter filter;
    filter.phone = phone_of(request, enterprise);
    filter.from = *from;
    filter.to = *to;
    filter.page = *page;
    return filter;
}

asio::awaitable<Answer> keep_contact(
    OwnParts parts,
    const httpd::Request& request,
    Enterprise enterprise,
    std::string id,
    OwnStore::Mode mode
) {
    const auto document = json::parse(request.body);
    if (!document) {
        co_return std::unexpected(document.error());
    }
    auto change = read_contact(document->root(), *enterprise, mode == OwnStore::Mode::put);
    if (!change) {
        co_return std::unexpected(change.error());
    }
    const auto kept = co_await parts.store.keep_contact(
        enterprise->number, std::move(id), std::move(*change), mode
    );
    co_return answer_of(kept);
}

asio::awaitable<Answer> keep_company(
    OwnParts parts,
    const httpd::Request& request,
    Enterprise enterprise,
    std::string id,
    OwnStore::Mode mode
) {
    const auto document = json::parse(request.body);
    if (!document) {
        co_return std::unexpected(document.error());
    }
    auto change = read_company(document->root(), mode == OwnStore::Mode::put);
    if (!change) {
        co_return std::unexpected(change.error());
    }
    const auto kept = co_await parts.store.keep_company(
        enterprise->number, std::move(id), std::move(*change), mode
    );
    co_return answer_of(kept);
}

using Keep = asio::awaitable<Answer> (*)(
    OwnParts, const httpd::Request&, Enterprise, std::string id, OwnStore::Mode
);

/// Makes a new one of what `keep` keeps.
httpd::Handler add_by(OwnParts parts, Keep keep) {
    return for_enterprise(
        parts,
        [parts,
         keep](const httpd::Request& request, Enterprise enterprise) -> asio::awaitable<Answer> {
            auto answer = co_await keep(
                parts, request, std::move(enterprise), base::make_uuid(), OwnStore::Mode::put
            );
            co_return answer;
        }
    );
}

/// Keeps the one whose id the path names.
httpd::Handler keep_by(OwnParts parts, OwnStore::Mode mode, Keep keep) {
    return for_enterprise(
        parts,
        [parts,
         mode,
         keep](const httpd::Request& request, Enterprise enterprise) -> asio::awaitable<Answer> {
            auto id = id_of(request);
            if (!id) {
                co_return std::unexpected(id.error());
            }
            auto answer =
                co_await keep(parts, request, std::move(enterprise), std::move(*id), mode);
            co_return answer;
        }
    );
}

/// What the store does with the one whose id the path names.
template <auto Ask>
httpd::Handler ask_by_id(OwnParts parts) {
    return for_enterprise(
        parts,
        [parts](const httpd::Request& request, Enterprise enterprise) -> asio::awaitable<Answer> {
            auto id = id_of(request);
            if (!id) {
                co_return std::unexpected(id.error());
            }
            const auto outcome = co_await (parts.store.*Ask)(enterprise->number, std::move(*id));
            co_return answer_of(outcome);
        }
    );
}

std::string import_answer(
    const OwnStore::Imported& imported, const std::vector<std::string>& ignored, bool dry_run
) {
    json::Writer writer;
    writer.begin_object()
        .member("status", dry_run ? "checked" : "ok")
        .member("created", imported.created)
        .member("updated", imported.updated)
        .member("unchanged", imported.unchanged)
        .member("companies_created", imported.companies)
        .member("ignored_columns", ignored)
        .key("bad")
        .begin_array();
    for (const auto& bad : imported.bad) {
        writer.begin_object().member("line", bad.line).member("detail", bad.detail).end_object();
    }
    return writer.end_array().end_object().take();
}

asio::awaitable<Answer> import_file(
    OwnParts parts, const httpd::Request& request, Enterprise enterprise
) {
    const auto skip_bad = flag_of(request, "skip_bad");
    const auto dry_run = flag_of(request, "dry_run");
    if (!skip_bad || !dry_run) {
        co_return std::unexpected(skip_bad ? dry_run.error() : skip_bad.error());
    }
    auto import = read_import(request.body, *enterprise);
    if (!import) {
        co_return std::unexpected(import.error());
    }
    const auto ignored = import->ignored;
    const OwnStore::ImportHow how{.skip_bad = *skip_bad, .dry_run = *dry_run};
    const auto imported = co_await parts.store.import(enterprise->number, std::move(*import), how);
    if (!imported) {
        co_return std::unexpected(imported.error());
    }
    co_return httpd::Response::json(import_answer(*imported, ignored, *dry_run));
}

}  // namespace

httpd::Handler list_own_contacts(OwnParts parts) {
    return for_enterprise(
        parts,
        [parts](const httpd::Request& request, Enterprise enterprise) -> asio::awaitable<Answer> {
            const auto page = page_of(request);
            if (!page) {
                co_return std::unexpected(page.error());
            }
            OwnStore::ContactFilter filter;
            filter.words = request.query_param("q");
            filter.phone = phone_of(request, *enterprise);
            filter.company_id = request.query_param("company_id");
            filter.page = *page;
            const auto found = co_await parts.store.contacts(enterprise->number, std::move(filter));
            co_return answer_of(found);
        }
    );
}

httpd::Handler add_own_contact(OwnParts parts) { return add_by(parts, keep_contact); }

httpd::Handler get_own_contact(OwnParts parts) { return ask_by_id<&OwnStore::contact>(parts); }

httpd::Handler keep_own_contact(OwnParts parts, OwnStore::Mode mode) {
    return keep_by(parts, mode, keep_contact);
}

httpd::Handler remove_own_contact(OwnParts parts) {
    return ask_by_id<&OwnStore::remove_contact>(parts);
}

httpd::Handler list_own_companies(OwnParts parts) {
    return for_enterprise(
        parts,
        [parts](const httpd::Request& request, Enterprise enterprise) -> asio::awaitable<Answer> {
            const auto page = page_of(request);
            if (!page) {
                co_return std::unexpected(page.error());
            }
            OwnStore::CompanyFilter filter{.words = request.query_param("q"), .page = *page};
            const auto found =
                co_await parts.store.companies(enterprise->number, std::move(filter));
            co_return answer_of(found);
        }
    );
}

httpd::Handler add_own_company(OwnParts parts) { return add_by(parts, keep_company); }

httpd::Handler get_own_company(OwnParts parts) { return ask_by_id<&OwnStore::company>(parts); }

httpd::Handler keep_own_company(OwnParts parts, OwnStore::Mode mode) {
    return keep_by(parts, mode, keep_company);
}

httpd::Handler remove_own_company(OwnParts parts) {
    return ask_by_id<&OwnStore::remove_company>(parts);
}

httpd::Handler list_own_calls(OwnParts parts) {
    return for_enterprise(
        parts,
        [parts](const httpd::Request& request, Enterprise enterprise) -> asio::awaitable<Answer> {
            auto filter = calls_filter_of(request, *enterprise);
            if (!filter) {
                co_return std::unexpected(filter.error());
            }
            const auto found = co_await parts.calls.list(enterprise->number, std::move(*filter));
            co_return answer_of(found);
        }
    );
}

httpd::Handler list_contact_calls(OwnParts parts) {
    return for_enterprise(
        parts,
        [parts](const httpd::Request& request, Enterprise enterprise) -> asio::awaitable<Answer> {
            const auto id = id_of(request);
            auto filter = calls_filter_of(request, *enterprise);
            if (!id || !filter) {
                co_return std::unexpected(id ? filter.error() : id.error());
            }
            const auto contact = co_await parts.store.contact(enterprise->number, *id);
            if (!contact) {
                co_return std::unexpected(contact.error());
            }
            filter->contact_id = *id;
            const auto found = co_await parts.calls.list(enterprise->number, std::move(*filter));
            co_return answer_of(found);
        }
    );
}

httpd::Handler list_company_calls(OwnParts parts) {
    return for_enterprise(
        parts,
        [parts](const httpd::Request& request, Enterprise enterprise) -> asio::awaitable<Answer> {
            const auto id = id_of(request);
            auto filter = calls_filter_of(request, *enterprise);
            if (!id || !filter) {
                co_return std::unexpected(id ? filter.error() : id.error());
            }
            const auto company = co_await parts.store.company(enterprise->number, *id);
            if (!company) {
                co_return std::unexpected(company.error());
            }
            filter->company_id = *id;
            const auto found = co_await parts.calls.list(enterprise->number, std::move(*filter));
            co_return answer_of(found);
        }
    );
}

httpd::Handler import_own_contacts(OwnParts parts) {
    return for_enterprise(
        parts,
        [parts](const httpd::Request& request, Enterprise enterprise) -> asio::awaitable<Answer> {
            auto answer = co_await import_file(parts, request, std::move(enterprise));
            co_return answer;
        }
    );
}

}  // namespace trunkline::integration_cache

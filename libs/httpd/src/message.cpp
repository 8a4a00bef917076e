#include "httpd/message.hpp"

#include <algorithm>

#include "base/text.hpp"
#include "files.hpp"
#include "httpd/problem.hpp"

namespace trunkline::httpd {

void Headers::add(std::string_view name, std::string_view value) {
    entries_.push_back(
        {static_cast<std::uint32_t>(text_.size()),
         static_cast<std::uint32_t>(name.size()),
         static_cast<std::uint32_t>(value.size())}
    );
    text_.append(name);
    text_.append(value);
}

void Headers::clear() {
    // Requests are reused; one with huge fields must not leave its memory to all that follow.
    constexpr std::size_t most_kept = 4UL * 1024;
    if (text_.capacity() > most_kept) {
        std::string().swap(text_);
    }
    text_.clear();
    entries_.clear();
}

Headers::Field Headers::operator[](std::size_t index) const {
    const auto& entry = entries_[index];
    const std::string_view all = text_;
    return {
        all.substr(entry.begin, entry.name_size),
        all.substr(entry.begin + entry.name_size, entry.value_size),
    };
}

std::string_view Headers::find(std::string_view name) const {
    for (std::size_t index = 0; index < entries_.size(); ++index) {
        if (entries_[index].name_size == name.size()) {
            const auto field = (*this)[index];
            if (base::equals_ignoring_case(field.name, name)) {
                return field.value;
            }
        }
    }
    return {};
}

std::size_t Headers::count(std::string_view name) const {
    std::size_t found = 0;
    for (std::size_t index = 0; index < entries_.size(); ++index) {
        if (entries_[index].name_size == name.size() &&
            base::equals_ignoring_case((*this)[index].name, name)) {
            ++found;
        }
    }
    return found;
}

bool Headers::contains(std::string_view name) const { return count(name) != 0; }

std::string_view Request::param(std::string_view name) const {
    const auto found = std::ranges::find(params, name, &std::pair<std::string, std::string>::first);
    return found == params.end() ? std::string_view{} : std::string_view(found->second);
}

std::optional<std::string> Request::query_param(std::string_view name) const {
    std::string_view rest = query;
    while (!rest.empty()) {
        const auto end = std::min(rest.find('&'), rest.size());
        const auto pair = rest.substr(0, end);
        rest.remove_prefix(std::min(end + 1, rest.size()));
        const auto equals = std::min(pair.find('='), pair.size());
        if (base::percent_decode(pair.substr(0, equals), true) == name) {
            return base::percent_decode(pair.substr(std::min(equals + 1, pair.size())), true);
        }
    }
    return std::nullopt;
}

Response Response::content(std::string body, std::string content_type, unsigned status) {
    Response response;
    response.status = status;
    response.headers.emplace_back("Content-Type", std::move(content_type));
    response.body = std::move(body);
    return response;
}

Response Response::json(std::string body, unsigned status) {
    return content(std::move(body), "application/json", status);
}

Response Response::text(std::string body, unsigned status) {
    return content(std::move(body), "text/plain; charset=utf-8", status);
}

Response Response::empty(unsigned status) {
    Response response;
    response.status = status;
    return response;
}

Response Response::redirect(std::string location, unsigned status) {
    auto response = empty(status);
    response.headers.emplace_back("Location", std::move(location));
    return response;
}

Response Response::reset() {
    Response response;
    response.is_reset = true;
    return response;
}

namespace {

Response file_response(std::shared_ptr<const OpenFile> file, std::string content_type) {
    if (!file) {
        return problem(404, "", "There is no such file.");
    }
    Response response;
    response.headers.emplace_back(
        "Content-Type",
        content_type.empty() ? content_type_of(file->name()) : std::move(content_type)
    );
    response.headers.emplace_back("X-Content-Type-Options", "nosniff");
    response.opened_file = std::move(file);
    return response;
}

}  // namespace

Response Response::file(const std::filesystem::path& path, std::string content_type) {
    return file_response(OpenFile::open(path), std::move(content_type));
}

Response Response::file_in(
    const std::filesystem::path& folder, std::string_view relative, std::string content_type
) {
    return file_response(OpenFile::open_in(folder, relative), std::move(content_type));
}

std::uint64_t Response::size() const {
    if (opened_file) {
        return opened_file->size();
    }
    return fetched ? fetched->size() : body.size();
}

Response& Response::add_header(std::string name, std::string value) {
    headers.emplace_back(std::move(name), std::move(value));
    return *this;
}

std::string_view Response::header(std::string_view name) const {
    for (const auto& [key, value] : headers) {
        if (base::equals_ignoring_case(key, name)) {
            return value;
        }
    }
    return {};
}

}  // namespace trunkline::httpd

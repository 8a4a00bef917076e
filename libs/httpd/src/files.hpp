#pragma once

#include <cstddef>
#include <cstdint>
#include <ctime>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "httpd/http_date.hpp"
#include "httpd/message.hpp"

namespace trunkline::httpd {

/// A regular file, open for reading. What is sent is what was opened, even if the name is replaced
/// meanwhile.
class OpenFile {
public:
    /// By a trusted path. Empty if it is missing, unreadable or no regular file.
    static std::shared_ptr<const OpenFile> open(const std::filesystem::path& path);
    /// By an untrusted path below `folder`; see Response::file_in.
    static std::shared_ptr<const OpenFile> open_in(
        const std::filesystem::path& folder, std::string_view relative
    );

    OpenFile(int descriptor, std::string name, std::uint64_t size, std::timespec modified);
    ~OpenFile();
    OpenFile(const OpenFile&) = delete;
    OpenFile& operator=(const OpenFile&) = delete;

    const std::string& name() const { return name_; }
    std::uint64_t size() const { return size_; }
    std::time_t modified() const { return modified_.tv_sec; }
    /// Strong, of size and time of change: `"1a2b-64f..."`, quotes included.
    std::string etag() const;
    /// Bytes read; 0 at the end or on an error.
    std::size_t read(std::uint64_t offset, std::span<char> out) const;

private:
    int descriptor_;
    std::string name_;
    std::uint64_t size_;
    std::timespec modified_;
};

/// Whether a client may name this path below a served folder: relative, and no part empty, `.`,
/// `..`, hidden, or with a backslash or NUL inside. An empty path is the folder itself.
bool is_safe_relative_path(std::string_view path);

/// By the name's ending; `application/octet-stream` if unknown.
std::string content_type_of(std::string_view name);

/// The parts of the answer to a GET or HEAD for a file that headers decide (RFC 9110 sections 13
/// and 14).
struct FilePlan {
    unsigned status = 200;  ///< 200, 206, 304 or 416.
    std::uint64_t offset = 0;
    std::uint64_t length = 0;
    std::string content_range;  ///< Empty if there is none.
};
/// An empty `etag` and no `modified`: unknown, no condition about them holds.
FilePlan plan_file(
    const Headers& headers,
    std::uint64_t size,
    std::string_view etag,
    std::optional<std::time_t> modified
);

/// A single `bytes=` range. Nothing if the header is malformed, of another unit or of several
/// ranges: it is ignored then, as RFC 9110 section 14.2 allows.
struct ByteRange {
    std::uint64_t first = 0;
    std::uint64_t last = 0;  ///< Inclusive; cut to the size.
    bool is_satisfiable = true;
};
std::optional<ByteRange> parse_range(std::string_view header, std::uint64_t size);

/// If-None-Match: `*`, or a list with this tag; weak comparison.
bool matches_etag(std::string_view list, std::string_view etag);

}  // namespace trunkline::httpd

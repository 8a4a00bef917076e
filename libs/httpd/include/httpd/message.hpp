#pragma once

#include <cstddef>
#include <cstdint>
#include <ctime>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/error.hpp"
#include "base/trace.hpp"
#include "net/address.hpp"
#include "net/asio.hpp"

namespace trunkline::httpd {

/// The header fields of a message in the order received. All text sits in one string, so that a
/// request with twenty fields costs no twenty allocations.
class Headers {
public:
    struct Field {
        std::string_view name;
        std::string_view value;
    };

    class Iterator {
    public:
        Iterator(const Headers& headers, std::size_t index) : headers_(&headers), index_(index) {}
        Field operator*() const { return (*headers_)[index_]; }
        Iterator& operator++() {
            ++index_;
            return *this;
        }
        bool operator==(const Iterator& other) const { return index_ == other.index_; }

    private:
        const Headers* headers_;
        std::size_t index_;
    };

    void add(std::string_view name, std::string_view value);
    void clear();

    /// The first field of that name, any case; empty if there is none. Valid until the next add()
    /// or clear().
    std::string_view find(std::string_view name) const;
    bool contains(std::string_view name) const;
    std::size_t count(std::string_view name) const;

    std::size_t size() const { return entries_.size(); }
    Field operator[](std::size_t index) const;
    Iterator begin() const { return {*this, 0}; }
    Iterator end() const { return {*this, entries_.size()}; }

private:
    struct Entry {
        std::uint32_t begin;
        std::uint32_t name_size;
        std::uint32_t value_size;
    };

    std::string text_;
    std::vector<Entry> entries_;
};

/// What a handler sees. It lives until the handler's coroutine has ended; a plain value, so that
/// tests build their own.
struct Request {
    std::string method;
    std::string target;  ///< As received: `/calls/1?limit=2`.
    std::string path;    ///< The target's path, still percent-encoded; param() is decoded.
    std::string query;   ///< The target's query without `?`.
    std::string body;
    Headers headers;
    std::vector<std::pair<std::string, std::string>> params;  ///< Path parameters, decoded.
    std::string_view route;    ///< The pattern that matched; empty if none did.
    net::IpAddress remote;     ///< The client, resolved by TRUSTED_PROXIES.
    base::TraceContext trace;  ///< The caller's span; send trace.child() onwards.
    std::string request_id;
    net::Deadline deadline;  ///< The handler is cancelled one second after it.

    std::string_view header(std::string_view name) const { return headers.find(name); }
    bool has_header(std::string_view name) const { return headers.contains(name); }
    /// A path parameter; empty if the pattern has none of that name.
    std::string_view param(std::string_view name) const;
    /// The first query parameter of that name, decoded (`+` is a blank). Nothing if it is absent.
    std::optional<std::string> query_param(std::string_view name) const;
    bool from_loopback() const { return remote.is_loopback(); }
};

class OpenFile;  // src/files.hpp

/// A body of known size that is fetched piece by piece while it is being sent: something that lies
/// elsewhere and does not belong into memory as a whole. The server answers ranges and conditions
/// for it as for files.
class Content {
public:
    virtual ~Content() = default;
    virtual std::uint64_t size() const = 0;
    // The facts do not change and are read on any thread; read() belongs to the handler's.
    /// Strong, with its quotes; empty if there is none.
    virtual std::string etag() const { return {}; }
    virtual std::optional<std::time_t> modified() const { return std::nullopt; }
    /// From 1 to `most` bytes at `offset`, which is below size(). It bounds its own waiting. An
    /// error ends the connection: the length is promised by then.
    virtual asio::awaitable<base::Result<std::string>> read(
        std::uint64_t offset, std::size_t most
    ) = 0;
};

/// Framing (Content-Length, Transfer-Encoding, Connection, Date) belongs to the server: such fields
/// set here are ignored. Fields whose name is no token are dropped; CR, LF and NUL in values become
/// blanks.
struct Response {
    unsigned status = 200;
    std::vector<std::pair<std::string, std::string>> headers;
    std::string body;
    std::shared_ptr<const OpenFile>
        opened_file;                   ///< Sent instead of the body, with ETag, ranges and 304.
    std::shared_ptr<Content> fetched;  ///< The same for what lies elsewhere.
    bool is_reset = false;             ///< Nothing is sent; the connection ends with a TCP reset.

    static Response json(std::string body, unsigned status = 200);
    static Response text(std::string body, unsigned status = 200);
    static Response content(std::string body, std::string content_type, unsigned status = 200);
    static Response empty(unsigned status = 204);
    static Response redirect(std::string location, unsigned status = 303);
    /// No answer at all: what a caller sees of a server that died. For those who play one.
    static Response reset();
    /// A file by a path that no client chose. Opened now; 404 problem if it cannot be. An empty
    /// content type is taken from the name's ending.
    static Response file(const std::filesystem::path& path, std::string content_type = {});
    /// A file by a path that a client chose, decoded, relative to `folder`. Never leaves the
    /// folder: `..`, names that begin with a dot, backslashes and symbolic links give the same 404
    /// as a missing file. A folder gives its index.html.
    static Response file_in(
        const std::filesystem::path& folder,
        std::string_view relative,
        std::string content_type = {}
    );

    /// Of the file, of what is fetched, or of the body, before ranges.
    std::uint64_t size() const;

    Response& add_header(std::string name, std::string value);
    /// The first header of that name, any case; empty if there is none.
    std::string_view header(std::string_view name) const;
};

}  // namespace trunkline::httpd

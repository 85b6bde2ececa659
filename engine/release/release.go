// Package release asks a feed whether there is a newer Berth. It downloads nothing but that answer, and what the answer says is
// data: plain text, and the address of a page only where it belongs to the feed.
//
// A feed is an https address that answers in the form of GitHub's releases API: one object or a list of them, with tag_name,
// body, html_url, prerelease and draft; all else is ignored. When to ask and what to tell is left to others.
package release

import (
	"encoding/json"
	"net/netip"
	"net/url"
	"regexp"
	"strings"
	"unicode"

	"golang.org/x/mod/semver"

	"berth/engine/fault"
)

// Release is a published version of Berth.
type Release struct {
	Version string // "1.2.3"
	Notes   string // plain text, lines divided by \n
	Page    string // https address of its page; "" for none that may be opened
}

// What is taken over of a feed.
const (
	maxBytes = 2 << 20 // of the answer
	maxNotes = 20_000  // letters of a release's notes
)

// CheckAddress says what keeps an address from being a feed's: only https will do, but on this computer itself.
func CheckAddress(address string) error {
	u, err := url.Parse(address)
	if err != nil || u.Host == "" || u.Hostname() == "" {
		return fault.New(fault.BadInput, "use the feed", "an address begins with https://")
	}
	if u.User != nil {
		return fault.New(fault.BadInput, "use the feed", "a feed's address must have no name or password in it")
	}
	if !trusted(u) {
		return fault.New(fault.BadInput, "use the feed", "an address begins with https://")
	}
	return nil
}

// trusted reports whether what comes from there cannot be changed on the way.
func trusted(u *url.URL) bool {
	if u.Scheme == "https" {
		return true
	}
	ip, err := netip.ParseAddr(u.Hostname())
	return u.Scheme == "http" && (u.Hostname() == "localhost" || err == nil && ip.IsLoopback())
}

// entry is a release as a feed writes it.
type entry struct {
	Tag        string `json:"tag_name"`
	Body       string `json:"body"`
	Page       string `json:"html_url"`
	Prerelease bool   `json:"prerelease"`
	Draft      bool   `json:"draft"`
}

// parse gives the highest release of a feed's answer; false when it has none.
func parse(text []byte, feed *url.URL) (Release, bool, error) {
	var all []entry
	if err := json.Unmarshal(text, &all); err != nil {
		var one entry
		if err := json.Unmarshal(text, &one); err != nil {
			return Release{}, false, &fault.Error{Kind: fault.BadInput, Op: "read the feed", Why: "it does not answer with releases as GitHub's API does", Err: err, Remedy: "Check the address."}
		}
		all = []entry{one}
	}
	best, found := entry{}, false
	for _, one := range all {
		if one.Draft || one.Prerelease || semver.Prerelease(tag(one.Tag)) != "" || !semver.IsValid(tag(one.Tag)) {
			continue
		}
		if !found || semver.Compare(tag(one.Tag), tag(best.Tag)) > 0 {
			best, found = one, true
		}
	}
	if !found {
		return Release{}, false, nil
	}
	return Release{Version: semver.Canonical(tag(best.Tag))[1:], Notes: plain(best.Body), Page: page(best.Page, feed)}, true, nil
}

// tag is a version as package semver takes it.
func tag(version string) string { return "v" + strings.TrimPrefix(strings.TrimSpace(version), "v") }

// page is the address of a release's page where it may be opened: of the feed's own host, or of GitHub.
func page(address string, feed *url.URL) string {
	u, err := url.Parse(address)
	if err != nil || u.Scheme != "https" || u.User != nil || len(address) > 2000 || strings.ContainsFunc(address, func(r rune) bool { return r <= ' ' || r > '~' }) {
		return ""
	}
	if host := u.Hostname(); host == "" || !strings.EqualFold(host, feed.Hostname()) && !strings.EqualFold(host, "github.com") {
		return ""
	}
	return u.String()
}

// plain is a text without what could act: control characters, and those that turn the direction of writing or are not seen.
func plain(text string) string {
	text = strings.NewReplacer("\r\n", "\n", "\r", "\n", "\t", "    ").Replace(text)
	var out strings.Builder
	letters := 0
	for _, r := range text {
		if r != '\n' && (!unicode.IsPrint(r) || unicode.Is(unicode.Cf, r) || r == unicode.ReplacementChar) {
			continue
		}
		if letters++; letters > maxNotes {
			out.WriteString("\n…")
			break
		}
		out.WriteRune(r)
	}
	return strings.TrimSpace(out.String())
}

// described is the end of a version that git made of a commit behind a tag.
var described = regexp.MustCompile(`-\d+-g[0-9a-f]+(-dirty)?$`)

// Development reports whether a version is none that was published.
func Development(version string) bool {
	v := tag(version)
	return !semver.IsValid(v) || described.MatchString(v) || strings.HasSuffix(v, "-dirty") || semver.Prerelease(v) == "-dev"
}

// Newer reports whether a release is newer than the version that runs. Of a development build nobody can say.
func (r Release) Newer(running string) bool {
	return !Development(running) && semver.Compare(tag(r.Version), tag(running)) > 0
}

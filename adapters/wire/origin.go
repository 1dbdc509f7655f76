package wire

import (
	"net"
	"net/url"
	"slices"
	"strings"
)

// SameOrigin compares scheme, host and port; a port that is the scheme's own
// may be left out.
func SameOrigin(a, b *url.URL) bool {
	return strings.EqualFold(a.Scheme, b.Scheme) && strings.EqualFold(a.Hostname(), b.Hostname()) && port(a) == port(b)
}

func port(u *url.URL) string {
	if p := u.Port(); p != "" {
		return p
	}
	if strings.EqualFold(u.Scheme, "https") {
		return "443"
	}
	return "80"
}

// NextFault is why a next page is not followed.
type NextFault string

const (
	NextUnreadable NextFault = "the address of the next page cannot be read"
	NextElsewhere  NextFault = "the next page is at another origin"
	NextAbove      NextFault = "the next page is not below this system's base"
)

// ResolveNext turns a next link into the address to ask, which stays within the
// base's origin and below its path, so that no token and no question about a
// person goes elsewhere. A relative link is taken from the base, as if the base
// ended with a slash; one that starts with a slash, from the origin. The query
// is left as the server wrote it: it is the server's own.
func ResolveNext(base *url.URL, link string) (string, NextFault) {
	ref, err := url.Parse(link)
	if err != nil || ref.Opaque != "" || strings.ContainsAny(link, "\r\n\t\\") {
		return "", NextUnreadable
	}
	from := *base
	from.Path = trimSlash(from.Path) + "/"
	if from.RawPath != "" {
		from.RawPath = trimSlash(from.RawPath) + "/"
	}
	u := from.ResolveReference(ref)
	if ref.Host == "" && ref.Path == "" { // "?page=2": of the base itself
		u.Path, u.RawPath = base.Path, base.RawPath
	}
	u.Fragment, u.RawFragment = "", ""
	switch {
	case u.Host == "" || u.User != nil:
		return "", NextUnreadable
	case !SameOrigin(u, base):
		return "", NextElsewhere
	}
	// A dot segment that is left, being escaped, could climb out again at the server.
	root := trimSlash(base.Path)
	if u.Path != root && !strings.HasPrefix(u.Path, root+"/") || slices.Contains(strings.Split(u.Path, "/"), "..") {
		return "", NextAbove
	}
	return u.String(), ""
}

// OriginOf is what may be said of a foreign address: scheme and host.
func OriginOf(link string) string {
	u, err := url.Parse(link)
	if err != nil || u.Host == "" {
		return "an unreadable address"
	}
	host := u.Hostname()
	if net.ParseIP(host) == nil && strings.ContainsAny(host, "@?=&") {
		return "an unreadable address"
	}
	return u.Scheme + "://" + u.Host
}

package config

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// Endpoint is an engine that a person added by hand, beside those that are found.
type Endpoint struct {
	Name  string `json:"name"`            // for people; unique among them
	Host  string `json:"host"`            // unix:///run/..., npipe:////./pipe/..., tcp://host:port, ssh://user@host
	Certs string `json:"certs,omitempty"` // folder with ca.pem and, where the engine asks for them, cert.pem and key.pem; tcp:// only
}

// maxEndpointName is how long a name may be: it stands in menus.
const maxEndpointName = 60

// EndpointNameTrouble says what is wrong with a name for an endpoint; "" when nothing is.
func EndpointNameTrouble(name string) string {
	switch {
	case name == "" || strings.TrimSpace(name) != name:
		return "must not be empty, nor begin or end with a space"
	case utf8.RuneCountInString(name) > maxEndpointName:
		return "is longer than 60 letters"
	case strings.ContainsFunc(name, func(r rune) bool { return !unicode.IsPrint(r) }):
		return "must be one line that can be read"
	case strings.Contains(name, "://"):
		return "is an address; a name is to be told from one"
	}
	return ""
}

// validateAlso checks the names of the endpoints that are shown too. One that is not there is waited for.
func validateAlso(names []string) error {
	for _, name := range names {
		if name == "" {
			return bad("alsoEndpoints", name, "must name an endpoint")
		}
	}
	return nil
}

// validateEndpoints checks what has to hold for the list to be one. Whether a host can be used is found out where it is used
// and said there: one that cannot is no reason to set the whole file aside.
func validateEndpoints(all []Endpoint) error {
	seen := map[string]bool{}
	for _, ep := range all {
		if why := EndpointNameTrouble(ep.Name); why != "" {
			return bad("endpoints.name", ep.Name, why)
		}
		if seen[ep.Name] {
			return bad("endpoints.name", ep.Name, "is there twice")
		}
		seen[ep.Name] = true
		if ep.Host == "" {
			return bad("endpoints.host", ep.Host, "must name a host, as unix:///path, tcp://host:port or ssh://user@host")
		}
	}
	return nil
}

package connect

import (
	"crypto/tls"
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"berth/engine/fault"
)

// Discover lists every endpoint this computer knows of, in the order in which they are tried:
//
//  1. DOCKER_HOST
//  2. the Docker context in use; when that is the default, Docker's default socket or pipe
//  3. the other Docker contexts, by name
//  4. those that the person added by hand
//  5. the well-known sockets and pipes of the OS
//
// Endpoints with the same host are one, under the name that a person gave it, or else its first. The well-known ones are listed whether they exist or not:
// what was looked for is part of the answer. What cannot be used (a damaged context, a malformed host) is listed with
// its Err. Discover dials nothing; it reads a few small files and follows links.
func Discover(w Where) []Endpoint { return unique(merge(everything(w))) }

// everything is what Discover makes its list of.
func everything(w Where) []Endpoint {
	var list []Endpoint
	env := w.env("DOCKER_HOST")
	if env != "" {
		list = append(list, fromEnv(w, env))
	}
	current, configErr := currentContext(w)
	if env != "" {
		current = defaultName // docker ignores its contexts then
	}
	stored := contexts(w, current)
	known := wellKnown(w)
	if current == defaultName {
		known[0].Current = env == ""
		list = append(list, known[0])
		known = known[1:]
	}
	list = append(list, stored...)
	list = append(list, added(w)...)
	list = append(list, known...)
	if configErr != nil {
		list = append(list, Endpoint{
			Name: "Docker's config file", Source: FromContext,
			Err: badContext("Docker's config file", configErr.Error(), configErr),
		})
	}
	return list
}

func fromEnv(w Where, env string) Endpoint {
	ep := Endpoint{Name: string(FromEnv), Source: FromEnv, Host: env}
	host, err := parseHost(env, w.goos())
	if err == nil {
		ep.Host = host
		if strings.HasPrefix(host, "tcp://") {
			var config *tls.Config
			config, err = envTLS(w)
			ep.Plain = err == nil && config == nil
		}
	}
	if err != nil {
		ep.Err = &fault.Error{
			Kind: fault.BadContext, Op: "use DOCKER_HOST", Why: fmt.Sprintf("%q cannot be used: %v", env, err), Err: err,
			Remedy:  "Correct DOCKER_HOST where it is set, or unset it, and start Berth again.",
			Command: unsetCommand(w.goos()), Action: fault.OpenSettings,
		}
	}
	return ep
}

func unsetCommand(goos string) string {
	if goos == "windows" {
		return `setx DOCKER_HOST ""`
	}
	return "unset DOCKER_HOST"
}

// wellKnown are the endpoints of the OS's table; the first is the default and always there.
func wellKnown(w Where) []Endpoint {
	var list []Endpoint
	for _, p := range placesOf(w.goos()) {
		host, ok := w.expand(p.host)
		if !ok {
			continue
		}
		list = append(list, Endpoint{Name: p.name, Host: host, Source: FromSocket})
		if each, ok := w.expand(p.each); ok && each != "" {
			list = append(list, matches(p.name, each)...)
		}
	}
	return list
}

// matches are the endpoints that exist for a pattern with one *.
func matches(name, pattern string) []Endpoint {
	before, after, _ := strings.Cut(socketPath(pattern), "*")
	files, err := filepath.Glob(socketPath(pattern))
	if err != nil {
		return nil // a home folder with a bracket in its name
	}
	var list []Endpoint
	for _, file := range files {
		machine := strings.TrimSuffix(strings.TrimPrefix(file, before), after)
		list = append(list, Endpoint{Name: name + " " + machine, Host: "unix://" + file, Source: FromSocket})
	}
	return list
}

// merge makes one of the endpoints with the same host: the first, which takes over what only a later one knows.
func merge(list []Endpoint) []Endpoint {
	first := map[string]int{}
	var merged []Endpoint
	for _, ep := range list {
		key := sameKey(ep.Host)
		i, seen := first[key]
		if ep.Host == "" || ep.Err != nil || !seen {
			if ep.Host != "" && ep.Err == nil {
				first[key] = len(merged)
			}
			merged = append(merged, ep)
			continue
		}
		if merged[i].Context == "" {
			merged[i].Context = ep.Context
		}
		if ep.Added {
			merged[i].Name, merged[i].Added, merged[i].Certs = ep.Name, true, ep.Certs
		}
		merged[i].Plain = merged[i].Plain && ep.Plain
		merged[i].Current = merged[i].Current || ep.Current
	}
	return merged
}

// unique gives endpoints with the same name a number; what a person named keeps its name.
func unique(list []Endpoint) []Endpoint {
	var names []string
	for _, ep := range list {
		if ep.Added {
			names = append(names, ep.Name)
		}
	}
	for i := range list {
		if list[i].Added {
			continue
		}
		name := list[i].Name
		for n := 2; slices.Contains(names, list[i].Name); n++ {
			list[i].Name = fmt.Sprintf("%s (%d)", name, n)
		}
		names = append(names, list[i].Name)
	}
	return list
}

// productOf is the program behind a host, by the table of places.
func productOf(host string, w Where) product {
	key := sameKey(host)
	for _, p := range placesOf(w.goos()) {
		if known, ok := w.expand(p.host); ok && (known == host || sameKey(known) == key) {
			return p.of
		}
		if each, ok := w.expand(p.each); ok && each != "" {
			if match, err := filepath.Match(socketPath(each), socketPath(host)); err == nil && match {
				return p.of
			}
		}
	}
	return otherProduct
}

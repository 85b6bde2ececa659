package connect

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/docker/cli/cli/context/docker"
	"github.com/docker/cli/cli/context/store"

	"berth/engine/fault"
)

// contextPrefix begins the name of an endpoint that is a Docker context.
const contextPrefix = "context "

// contextStore is Docker's context store in its config folder.
func contextStore(config string) *store.ContextStore {
	return store.New(filepath.Join(config, "contexts"), store.NewConfig(
		func() any { return &map[string]any{} },
		store.EndpointTypeGetter(docker.DockerEndpoint, func() any { return &docker.EndpointMeta{} }),
	))
}

// currentContext is the context docker would use: DOCKER_CONTEXT, else what the config file says, else the default. A
// config file that cannot be read is an error, and then the default is used.
func currentContext(w Where) (string, error) {
	if name := w.env("DOCKER_CONTEXT"); name != "" {
		return name, nil
	}
	dir := w.dockerConfig()
	if dir == "" {
		return defaultName, nil
	}
	file := filepath.Join(dir, "config.json")
	text, err := os.ReadFile(file) //nolint:gosec // Docker's own file
	if errors.Is(err, os.ErrNotExist) {
		return defaultName, nil
	}
	if err != nil {
		return defaultName, err
	}
	// Only this one key: configfile.Load would also decode every sign-in, which is none of this package's business.
	var config struct {
		CurrentContext string `json:"currentContext"`
	}
	if err := json.Unmarshal(text, &config); err != nil {
		return defaultName, fmt.Errorf("%s is damaged: %w", file, err)
	}
	if config.CurrentContext == "" {
		return defaultName, nil
	}
	return config.CurrentContext, nil
}

// contextNames lists the store's contexts. The store's own List fails as a whole when one context is damaged, so names
// come from the files one by one; a damaged one that does not tell its name gets that of its folder.
func contextNames(config string) (names []string, damaged map[string]error) {
	damaged = map[string]error{}
	root := filepath.Join(config, "contexts", "meta")
	folders, err := os.ReadDir(root)
	if err != nil {
		if !errors.Is(err, os.ErrNotExist) {
			damaged["store"] = err
		}
		return nil, damaged
	}
	for _, folder := range folders {
		if !folder.IsDir() {
			continue
		}
		file := filepath.Join(root, folder.Name(), "meta.json")
		text, err := os.ReadFile(file) //nolint:gosec // Docker's own file
		if errors.Is(err, os.ErrNotExist) {
			continue // what is left of a context that was removed
		}
		var meta struct{ Name string }
		if err == nil {
			if err = json.Unmarshal(text, &meta); err == nil && meta.Name == "" {
				err = errors.New("it has no name")
			}
		}
		if err != nil {
			damaged[shortID(folder.Name())] = fmt.Errorf("%s: %w", file, err)
			continue
		}
		names = append(names, meta.Name)
	}
	slices.Sort(names)
	return names, damaged
}

// shortID is the start of the SHA-256 that the store names a context's folder with.
func shortID(id string) string { return id[:min(12, len(id))] }

// contexts are the endpoints of Docker's context store, the one in use first. Whatever is damaged is an endpoint with an
// Err.
func contexts(w Where, current string) []Endpoint {
	dir := w.dockerConfig()
	if dir == "" {
		return nil
	}
	names, damaged := contextNames(dir)
	if current != defaultName && !slices.Contains(names, current) {
		names = append(names, current) // reads as "not found" below, or as damaged
	}
	contextStore := contextStore(dir)
	var found []Endpoint
	for _, name := range names {
		if name == defaultName {
			continue // reserved: the default socket, which is in the table of places
		}
		found = append(found, fromContext(w, contextStore, name, name == current))
	}
	for name, err := range damaged {
		found = append(found, Endpoint{
			Name: contextPrefix + name, Source: FromContext, Err: badContext(contextPrefix+name, "it is damaged: "+err.Error(), err),
		})
	}
	slices.SortStableFunc(found, func(a, b Endpoint) int {
		if a.Current != b.Current {
			if a.Current {
				return -1
			}
			return 1
		}
		return strings.Compare(a.Name, b.Name)
	})
	return found
}

func fromContext(w Where, contextStore *store.ContextStore, name string, current bool) Endpoint {
	ep := Endpoint{Name: contextPrefix + name, Source: FromContext, Context: name, Current: current}
	meta, err := contextStore.GetMetadata(name)
	if errors.Is(err, os.ErrNotExist) {
		ep.Err = badContext(ep.Name, "Docker is told to use it, and it does not exist", err)
		ep.Err.Remedy, ep.Err.Command = "Choose a context that exists.", "docker context use default"
		return ep
	}
	if err != nil {
		ep.Err = badContext(ep.Name, "it is damaged: "+err.Error(), err)
		return ep
	}
	typed, err := docker.EndpointFromContext(meta)
	if err != nil {
		ep.Err = badContext(ep.Name, "it names no Docker host", err)
		return ep
	}
	host, err := parseHost(typed.Host, w.goos())
	if err != nil {
		ep.Host = typed.Host
		ep.Err = badContext(ep.Name, fmt.Sprintf("its host %q cannot be used: %v", typed.Host, err), err)
		return ep
	}
	ep.Host = host
	if strings.HasPrefix(host, "tcp://") {
		config, err := contextTLS(w, name)
		if err != nil {
			ep.Err = badContext(ep.Name, "its TLS files cannot be used: "+err.Error(), err)
		}
		ep.Plain = config == nil
	} else {
		ep.Context = "" // a socket, a pipe and ssh need no TLS material
	}
	return ep
}

func badContext(what, why string, err error) *fault.Error {
	return &fault.Error{
		Kind: fault.BadContext, Op: "use " + what, Why: why, Err: err, Action: fault.OpenSettings,
		Remedy: "Correct it, or choose another endpoint in the settings.", Command: "docker context ls",
	}
}

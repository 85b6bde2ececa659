package engine

import (
	"archive/tar"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/containerd/errdefs"
	"github.com/docker/docker/client"

	"berth/engine/agent"
	"berth/engine/fault"
	"berth/engine/logs"
	"berth/engine/sandbox"
	"berth/engine/secret"
)

// keyName is the name a provider's key is kept under, for the day the sandbox lacks it.
func (e *Engine) keyName(ctx context.Context, name, provider string) string {
	return "key/" + name + e.secretMark(ctx) + "/" + provider
}

// Credential is what a sandbox signs in to a provider with.
type Credential string

// The credentials.
const (
	NoCredential Credential = ""
	KeyOnVolume  Credential = "key"     // a key that opencode keeps on the session volume
	SignedIn     Credential = "account" // somebody signed in to an account from opencode itself
	FromEnv      Credential = "env"     // a variable of the sandbox, which docker inspect shows
)

// Provider is one whose models a sandbox could use, and what it has for it; no key is in here.
type Provider struct {
	ID, Name string
	Env      []string
	Has      Credential
	Kept     bool // Berth keeps a key for it and this sandbox
	Usable   bool // opencode can use it now; some need no key
}

// healthTries is how often a busy opencode is asked whether it is there before it counts as not.
const healthTries = 3

// maxAuthFile bounds what is read of opencode's file of credentials.
const maxAuthFile = 1 << 20

// Providers lists the providers that a sandbox's opencode knows, those first that it has something for or Berth keeps a key
// of. It waits for opencode, which takes some seconds.
func (e *Engine) Providers(ctx context.Context, name string) ([]Provider, error) {
	op := "list the providers of " + name
	ctx = e.bind(ctx)
	cli, err := e.daemon(ctx, op)
	if err != nil {
		return nil, err
	}
	found, ask, err := e.speakTo(ctx, cli, op, name)
	if err != nil {
		return nil, err
	}
	knows, err := ask.Providers(ctx)
	if err != nil {
		return nil, err
	}
	has, err := e.credentials(ctx, cli, found)
	if err != nil {
		return nil, err
	}
	kept := map[string]bool{}
	for _, one := range e.opts.Secrets.Names(e.keyName(ctx, name, "")) {
		kept[strings.TrimPrefix(one, e.keyName(ctx, name, ""))] = true
	}
	all := make([]Provider, 0, len(knows))
	for _, p := range knows {
		one := Provider{ID: p.ID, Name: p.Name, Env: p.Env, Has: has[p.ID], Kept: kept[p.ID], Usable: p.Usable}
		if one.Has == NoCredential && p.ByEnv {
			one.Has = FromEnv
		}
		all = append(all, one)
		delete(has, p.ID)
		delete(kept, p.ID)
	}
	for id, c := range has { // a key of one that opencode does not know any more
		all = append(all, Provider{ID: id, Name: id, Has: c, Kept: kept[id]})
		delete(kept, id)
	}
	for id := range kept {
		all = append(all, Provider{ID: id, Name: id, Kept: true})
	}
	rank := func(p Provider) int {
		switch {
		case p.Has != NoCredential:
			return 0
		case p.Kept:
			return 1
		}
		return 2
	}
	slices.SortStableFunc(all, func(a, b Provider) int { return rank(a) - rank(b) })
	return all, nil
}

// SetKey gives a sandbox's opencode the key of a provider, in place of what it had, and keeps it for the day it is lost there.
// It goes through opencode's API onto the session volume, so that no inspection of the container shows it. On an error nothing
// was changed, but where it says otherwise.
func (e *Engine) SetKey(ctx context.Context, name, provider, key string) error {
	key, err := agent.CleanKey(key)
	if err != nil {
		return err
	}
	ctx = e.bind(ctx)
	if err := e.onKeys(ctx, "set the key of "+provider, name, func(ask *agent.Client) error { return ask.SetKey(ctx, provider, key) }); err != nil {
		return err
	}
	if err := e.opts.Secrets.Set(ctx, e.keyName(ctx, name, provider), key); err != nil {
		e.log.Warn("a key is in the sandbox and could not be kept", "sandbox", name, "provider", provider, "err", err)
		e.notice(name, fmt.Sprintf("%s has the key of %s, but Berth could not keep it for itself: %s.", name, provider, fault.From("", err).Cause()))
	}
	return nil
}

// GiveKey gives a sandbox's opencode the key that Berth keeps of a provider.
func (e *Engine) GiveKey(ctx context.Context, name, provider string) error {
	ctx = e.bind(ctx)
	key, err := e.opts.Secrets.Get(ctx, e.keyName(ctx, name, provider))
	if errors.Is(err, secret.ErrNotFound) {
		return fault.New(fault.NotFound, "give the key of "+provider, "it is no longer kept")
	}
	if err != nil {
		return err
	}
	return e.SetKey(ctx, name, provider, key)
}

// RemoveKey takes the key of a provider, or the account signed in to, away from a sandbox and forgets what is kept of it.
func (e *Engine) RemoveKey(ctx context.Context, name, provider string) error {
	ctx = e.bind(ctx)
	if err := e.onKeys(ctx, "remove the key of "+provider, name, func(ask *agent.Client) error { return ask.RemoveKey(ctx, provider) }); err != nil {
		return err
	}
	return e.opts.Secrets.Delete(ctx, e.keyName(ctx, name, provider))
}

// onKeys changes the keys of a sandbox that nothing else is at: a change under way may put the session volume back to what it
// was.
func (e *Engine) onKeys(ctx context.Context, op, name string, do func(*agent.Client) error) error {
	if busy := e.latest.busy(name, e.endpoint(ctx)); busy != nil {
		return fault.New(fault.VolumeInUse, op, "the sandbox is being changed; wait until that is done")
	}
	cli, err := e.daemon(ctx, op)
	if err != nil {
		return err
	}
	_, ask, err := e.speakTo(ctx, cli, op, name)
	if err != nil {
		return err
	}
	return do(ask)
}

// speakTo gives a client for a sandbox whose opencode answers.
func (e *Engine) speakTo(ctx context.Context, cli *client.Client, op, name string) (*sandbox.Found, *agent.Client, error) {
	found, err := e.present(ctx, cli, name)
	if err != nil {
		return nil, nil, err
	}
	knows, err := knowsOf(found)
	if err != nil {
		return nil, nil, err
	}
	if !found.Inspect.State.Running || found.Inspect.State.Paused || found.Address(knows) == "" {
		return nil, nil, &fault.Error{Kind: fault.NotRunning, Op: op, Why: "the sandbox does not run", Remedy: fmt.Sprintf("Start %s.", name)}
	}
	ask := e.client(ctx, found, knows)
	for range healthTries {
		if _, err = ask.Health(ctx); err == nil || !errors.Is(err, fault.Unhealthy) {
			break
		}
	}
	return found, ask, err
}

// credentials reads what opencode has, by provider, from its file of them; of each only what kind it is.
func (e *Engine) credentials(ctx context.Context, cli *client.Client, found *sandbox.Found) (map[string]Credential, error) {
	const op = "read which keys there are"
	knows, err := knowsOf(found)
	if err != nil {
		return nil, err
	}
	body, _, err := cli.CopyFromContainer(ctx, found.ID, knows.AuthFile)
	if errdefs.IsNotFound(err) {
		return map[string]Credential{}, nil // it never had one
	}
	if err != nil {
		return nil, fault.From(op, err)
	}
	defer func() { _ = body.Close() }()
	return readCredentials(op, knows.AuthFile, body)
}

// readCredentials reads opencode's file of credentials out of an archive. The agent may have written anything into it: it is read to a
// bound, and a provider whose name could not be shown is none.
func readCredentials(op, name string, archive io.Reader) (map[string]Credential, error) {
	in := tar.NewReader(archive)
	if _, err := in.Next(); err != nil {
		return nil, fault.From(op, err)
	}
	var file map[string]struct{ Type string }
	if err := json.NewDecoder(io.LimitReader(in, maxAuthFile)).Decode(&file); err != nil {
		return nil, fault.New(fault.Unknown, op, "opencode's "+name+" cannot be read") // what is wrong with it may quote it
	}
	has := make(map[string]Credential, len(file))
	for id, c := range file {
		if id == "" || strings.ContainsFunc(id, logs.Acts) {
			continue
		}
		has[id] = SignedIn
		if c.Type == "api" {
			has[id] = KeyOnVolume
		}
	}
	return has, nil
}

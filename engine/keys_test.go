package engine

import (
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"testing"

	"berth/engine/agent"
	"berth/engine/enginetest"
	"berth/engine/fault"
	"berth/engine/sandbox"
	"berth/engine/secret"
)

// provider is what the list says of one.
func provider(t *testing.T, e *Engine, name, id string) (Provider, int) {
	t.Helper()
	all, err := e.Providers(t.Context(), name)
	if err != nil {
		t.Fatal(err)
	}
	at := slices.IndexFunc(all, func(p Provider) bool { return p.ID == id })
	if at < 0 {
		t.Fatalf("%s is not among %d providers", id, len(all))
	}
	return all[at], at
}

// uses is the key opencode itself says that it uses for a provider.
func uses(t *testing.T, c *agent.Client, id string) string {
	t.Helper()
	var all struct {
		Providers []struct{ ID, Key string }
	}
	if err := c.Request(t.Context(), "GET", "/config/providers?directory=/workspace", nil, &all); err != nil {
		t.Fatal(err)
	}
	for _, p := range all.Providers {
		if p.ID == id {
			return p.Key
		}
	}
	return ""
}

// A key goes through opencode's API onto the session volume and into the keyring, and nowhere else.
func TestAProviderKeyIsOpencodesAndTheKeyringsAlone(t *testing.T) {
	enginetest.Slow(t)
	of := enginetest.Shared(t)
	ref := ensureBuilt(t, of)
	e := open(t, of.Host, nil)
	name := enginetest.Name(t)
	deleteAtTheEnd(t, of, name)
	mustFinish(t, e, e.Create(sandbox.Spec{Name: name, Image: ref}))
	waitHealthy(t, e, name)
	const id = "anthropic"
	if p, _ := provider(t, e, name, id); p.Has != NoCredential || p.Kept || p.Usable || p.Name != "Anthropic" {
		t.Errorf("before it is %+v", p)
	}
	for what, bad := range map[string]string{"nothing": "", "blanks": " \t", "two lines": "sk-a\nsk-b", "a blank within": "sk a", "a control character": "sk\x01a"} {
		if err := e.SetKey(t.Context(), name, id, bad); !errors.Is(err, fault.BadInput) {
			t.Errorf("%s: %v", what, err)
		}
	}
	planted := "sk-" + secret.NewPassword()
	if err := e.SetKey(t.Context(), name, id, "  "+planted+"\n"); err != nil {
		t.Fatal(err)
	}
	has := func(when string) {
		t.Helper()
		if p, at := provider(t, e, name, id); p.Has != KeyOnVolume || !p.Kept || !p.Usable || at != 0 {
			t.Errorf("%s it is %+v, at %d", when, p, at)
		}
		if got := uses(t, ask(t, e, name), id); got != planted {
			t.Errorf("%s opencode uses %q", when, got)
		}
	}
	has("set,")
	mustFinish(t, e, e.Restart(name))
	waitHealthy(t, e, name)
	has("restarted,")
	mustFinish(t, e, e.NewPassword(name))
	waitHealthy(t, e, name)
	has("made anew,")
	got, err := of.Client.ContainerInspect(t.Context(), sandbox.ContainerName(name))
	if err != nil {
		t.Fatal(err)
	}
	if text, err := json.Marshal(got); err != nil || strings.Contains(string(text), planted) {
		t.Errorf("docker inspect shows it, %v", err)
	}

	// Lost in the sandbox, it can be given again.
	if err := ask(t, e, name).RemoveKey(t.Context(), id); err != nil {
		t.Fatal(err)
	}
	if p, at := provider(t, e, name, id); p.Has != NoCredential || !p.Kept || p.Usable || at != 0 {
		t.Errorf("lost, it is %+v, at %d", p, at)
	}
	if err := e.GiveKey(t.Context(), name, id); err != nil {
		t.Fatal(err)
	}
	has("given again,")

	second := "sk-" + secret.NewPassword()
	if err := e.SetKey(t.Context(), name, id, second); err != nil {
		t.Fatal(err)
	}
	if got := uses(t, ask(t, e, name), id); got != second {
		t.Errorf("changed, opencode uses %q", got)
	}
	mustFinish(t, e, e.Stop(name))
	if err := e.SetKey(t.Context(), name, id, planted); !errors.Is(err, fault.NotRunning) {
		t.Errorf("stopped, it says %v", err)
	}
	if err := e.RemoveKey(t.Context(), name, id); !errors.Is(err, fault.NotRunning) {
		t.Errorf("stopped, it says %v", err)
	}
	if kept, err := e.opts.Secrets.Get(t.Context(), e.keyName(t.Context(), name, id)); err != nil || kept != second {
		t.Errorf("what is kept changed, %v", err)
	}
	mustFinish(t, e, e.Start(name))
	waitHealthy(t, e, name)
	if err := e.RemoveKey(t.Context(), name, id); err != nil {
		t.Fatal(err)
	}
	if p, _ := provider(t, e, name, id); p.Has != NoCredential || p.Kept || p.Usable {
		t.Errorf("removed, it is %+v", p)
	}
	if got := uses(t, ask(t, e, name), id); got != "" {
		t.Error("removed, opencode still uses it")
	}
	if err := e.GiveKey(t.Context(), name, id); !errors.Is(err, fault.NotFound) {
		t.Errorf("removed and given, it says %v", err)
	}

	if err := e.SetKey(t.Context(), name, "openai", planted); err != nil {
		t.Fatal(err)
	}
	mustFinish(t, e, e.DeleteData(name))
	if left := append(e.opts.Secrets.Names("key/"+name), e.opts.Secrets.Names("sandbox")...); len(left) != 0 {
		t.Errorf("deleted, there are kept %q", left)
	}
}

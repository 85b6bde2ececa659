package agent

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
	"unicode"

	"berth/engine/fault"
)

// Provider is one of the companies and programs whose models opencode can use. Its key is never in here.
type Provider struct {
	ID     string
	Name   string
	Env    []string // variables opencode takes its key from as well
	ByEnv  bool     // it has its key from one of them
	Usable bool     // opencode can use it now
}

// How much and how long of the list of providers is read: 225 of them with all their models were 6.4 MB, which took opencode
// between 1 and 12 seconds, and 30 when it had just been told to forget what it knew.
const (
	maxProviders     = 64 << 20
	providersTimeout = 90 * time.Second
	keyTimeout       = 15 * time.Second
	maxKey           = 16 << 10
)

// Providers lists all that opencode knows, by name. opencode's answer has the keys in it; they are skipped while it is read.
func (c *Client) Providers(ctx context.Context) ([]Provider, error) {
	const op = "list opencode's providers"
	ctx, cancel := context.WithTimeout(ctx, providersTimeout)
	defer cancel()
	resp, err := c.ask(ctx, http.MethodGet, c.agent.ProviderPath+"?"+url.Values{"directory": {c.agent.Workspace}}.Encode(), nil)
	if err != nil {
		return nil, fault.From(op, err)
	}
	defer func() { _ = resp.Body.Close() }()
	if resp.StatusCode != http.StatusOK {
		return nil, fault.New(fault.Unknown, op, fmt.Sprintf("it answered %d", resp.StatusCode))
	}
	var answer struct {
		All []struct {
			ID, Name, Source string
			Env              []string
		}
		Connected []string
	}
	if err := json.NewDecoder(io.LimitReader(resp.Body, maxProviders)).Decode(&answer); err != nil {
		return nil, fault.New(fault.Unknown, op, "its answer cannot be read") // what is wrong with it may quote it
	}
	all := make([]Provider, 0, len(answer.All))
	seen := map[string]bool{}
	for _, p := range answer.All {
		if p.ID != "" && len(p.ID) <= maxTitle && !seen[p.ID] {
			seen[p.ID] = true
			all = append(all, Provider{
				ID: p.ID, Name: cmp.Or(short(p.Name, maxTitle), p.ID), Env: p.Env, ByEnv: p.Source == "env", Usable: slices.Contains(answer.Connected, p.ID),
			})
		}
	}
	slices.SortFunc(all, func(a, b Provider) int {
		return cmp.Or(strings.Compare(strings.ToLower(a.Name), strings.ToLower(b.Name)), strings.Compare(a.ID, b.ID))
	})
	return all, nil
}

// SetKey gives opencode the key of a provider, which it keeps on the session volume, and has it read its keys again.
func (c *Client) SetKey(ctx context.Context, provider, key string) error {
	key, err := CleanKey(key)
	if err != nil {
		return err
	}
	return c.changeKey(ctx, "set the key of "+provider, http.MethodPut, provider, map[string]string{"type": "api", "key": key})
}

// RemoveKey takes the key of a provider away from opencode, or its sign-in; that it has none is no error.
func (c *Client) RemoveKey(ctx context.Context, provider string) error {
	return c.changeKey(ctx, "remove the key of "+provider, http.MethodDelete, provider, nil)
}

// changeKey asks for one change. opencode uses a key, or goes on using a removed one, until it is told to forget what it
// holds; its own window does the same. That ends what it is just answering.
func (c *Client) changeKey(ctx context.Context, op, method, provider string, body any) error {
	ctx, cancel := context.WithTimeout(ctx, keyTimeout)
	defer cancel()
	if err := c.order(ctx, op, method, c.agent.AuthPath+"/"+url.PathEscape(provider), body); err != nil {
		return err
	}
	if err := c.order(ctx, op, http.MethodPost, c.agent.DisposePath, nil); err != nil {
		return &fault.Error{
			Kind: fault.KindOf(err), Op: op, Why: "it is done, but opencode goes on with the keys from before", Err: err, Remedy: "Restart the sandbox.",
		}
	}
	return nil
}

// order asks for something that opencode answers with true. Any other answer is not told: it may quote the key.
func (c *Client) order(ctx context.Context, op, method, path string, body any) error {
	var in io.Reader
	if body != nil {
		text, err := json.Marshal(body)
		if err != nil {
			return fault.New(fault.Unknown, op, "it cannot be sent")
		}
		in = strings.NewReader(string(text))
	}
	resp, err := c.ask(ctx, method, path, in)
	if err != nil {
		return fault.From(op, err)
	}
	answer, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer))
	_ = resp.Body.Close()
	if err != nil {
		return fault.From(op, err)
	}
	if resp.StatusCode != http.StatusOK || strings.TrimSpace(string(answer)) != "true" {
		return fault.New(fault.Unknown, op, fmt.Sprintf("opencode refused it: it answered %d", resp.StatusCode))
	}
	return nil
}

// ask sends a signed-in request and gives the answer as it comes.
func (c *Client) ask(ctx context.Context, method, path string, body io.Reader) (*http.Response, error) {
	req, err := http.NewRequestWithContext(ctx, method, c.base+path, body)
	if err != nil {
		return nil, err
	}
	if body != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	if c.password != "" {
		req.SetBasicAuth(c.agent.User, c.password)
	}
	return c.http.Do(req)
}

// CleanKey is a key as it was meant, without what was copied along around it; an error says why it can be none. It never
// quotes it.
func CleanKey(text string) (string, error) {
	const op = "read the key"
	key := strings.TrimSpace(text)
	switch {
	case key == "":
		return "", fault.New(fault.BadInput, op, "a key is needed")
	case strings.ContainsFunc(key, unicode.IsSpace):
		return "", fault.New(fault.BadInput, op, "a key has no spaces or line breaks in it")
	case strings.ContainsFunc(key, func(r rune) bool { return unicode.IsControl(r) || r == unicode.ReplacementChar }):
		return "", fault.New(fault.BadInput, op, "it has characters that no key has")
	case len(key) > maxKey:
		return "", fault.New(fault.BadInput, op, "it is too long for a key")
	}
	return key, nil
}

package agent

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"
	"unicode"

	"berth/engine/fault"
)

// probeTimeout bounds one question. While opencode boots, a published port resets, answers nothing, or hangs.
const probeTimeout = time.Second

// maxAnswer bounds what is read of an answer.
const maxAnswer = 1 << 20

// Client asks one running opencode. Every question is a fresh connection, because one that was accepted while opencode
// boots may never answer.
type Client struct {
	agent    Agent
	base     string
	password string
	http     *http.Client
}

// Dial opens a connection to an address as net.Dialer.DialContext does. A far engine's ports are reached by another one.
type Dial func(ctx context.Context, network, address string) (net.Conn, error)

// NewClient makes a client for the opencode published at address ("127.0.0.1:4096"). An empty password asks without
// signing in; a nil dial dials directly.
func NewClient(agent Agent, address, password string, dial Dial) *Client {
	return &Client{
		agent: agent, base: "http://" + address, password: password,
		http: &http.Client{
			Transport: &http.Transport{DisableKeepAlives: true, DialContext: dial, Proxy: nil},
			// Another place is another program.
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		},
	}
}

// Health asks whether opencode is up and gives its version. Only its own JSON counts: every path it does not know answers
// 200 with a web page. The error is Unauthorized when the password is wrong, else Unhealthy.
func (c *Client) Health(ctx context.Context) (version string, err error) {
	status, body, err := c.get(ctx, c.agent.HealthPath)
	if err != nil {
		return "", c.unhealthy("it does not answer", err)
	}
	if status == http.StatusUnauthorized {
		return "", &fault.Error{
			Kind: fault.Unauthorized, Op: "sign in to opencode", Why: "opencode does not accept the sandbox's password",
			Remedy: "Recreate the sandbox; its volumes stay.",
		}
	}
	var answer struct {
		Healthy bool   `json:"healthy"`
		Version string `json:"version"`
	}
	if err := json.Unmarshal(body, &answer); err != nil || status != http.StatusOK {
		return "", c.unhealthy(fmt.Sprintf("it answers %d and no health report", status), err)
	}
	version = short(answer.Version, maxVersion)
	if !answer.Healthy {
		return version, c.unhealthy("it says that it is not healthy", nil)
	}
	return version, nil
}

// How much is taken over of what an opencode calls things, in letters: it is shown, and the agent can make it anything.
const (
	maxVersion = 64
	maxTrouble = 300
	maxTitle   = 500
	maxPath    = 4096 // what Linux takes
)

// short is a text cut to so many letters, without what is not shown or turns the direction of writing.
func short(text string, most int) string {
	var out strings.Builder
	for _, r := range text {
		switch {
		case most == 0:
			return out.String() + "…"
		case unicode.IsSpace(r):
			out.WriteByte(' ')
		case unicode.IsPrint(r) && r != unicode.ReplacementChar:
			out.WriteRune(r)
		default:
			continue
		}
		most--
	}
	return out.String()
}

// CheckConfig asks whether opencode can read its configuration, which its health does not say. A broken one is BrokenConfig,
// with opencode's own words about file, line and column; anything else that goes wrong is Unhealthy, and may pass.
func (c *Client) CheckConfig(ctx context.Context) error {
	path := c.agent.ConfigPath + "?directory=" + url.QueryEscape(c.agent.Workspace)
	status, body, err := c.get(ctx, path)
	if err != nil {
		return c.unhealthy("its configuration cannot be read", err)
	}
	if status == http.StatusBadRequest {
		return &fault.Error{
			Kind: fault.BrokenConfig, Op: "check opencode", Why: "its configuration is broken: " + configTrouble(body),
			Remedy: "Mend the file named, then restart the sandbox.", Action: fault.ShowLog,
		}
	}
	if status != http.StatusOK {
		return c.unhealthy(fmt.Sprintf("it answers %d when asked for its configuration", status), nil)
	}
	return nil
}

// OpenURL is the address that signs a browser in. It is a secret: it goes to the browser and nowhere else.
func (c *Client) OpenURL() string {
	if c.password == "" {
		return c.base
	}
	token := base64.StdEncoding.EncodeToString([]byte(c.agent.User + ":" + c.password))
	return c.base + "/?auth_token=" + url.QueryEscape(token)
}

// Request sends a signed-in request and decodes the JSON answer into out, unless out is nil. Any status but 2xx is an
// error.
func (c *Client) Request(ctx context.Context, method, path string, in, out any) error {
	var body io.Reader
	if in != nil {
		text, err := json.Marshal(in)
		if err != nil {
			return err
		}
		body = strings.NewReader(string(text))
	}
	status, answer, err := c.do(ctx, method, path, body)
	if err != nil {
		return fault.From("ask opencode", err)
	}
	if status < 200 || status > 299 {
		return fault.New(fault.Unknown, "ask opencode for "+path, fmt.Sprintf("it answered %d", status))
	}
	if out == nil {
		return nil
	}
	return json.Unmarshal(answer, out)
}

func (c *Client) get(ctx context.Context, path string) (int, []byte, error) {
	ctx, cancel := context.WithTimeout(ctx, probeTimeout)
	defer cancel()
	return c.do(ctx, http.MethodGet, path, nil)
}

func (c *Client) do(ctx context.Context, method, path string, body io.Reader) (int, []byte, error) {
	req, err := http.NewRequestWithContext(ctx, method, c.base+path, body)
	if err != nil {
		return 0, nil, err
	}
	if body != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	if c.password != "" {
		req.SetBasicAuth(c.agent.User, c.password)
	}
	resp, err := c.http.Do(req)
	if err != nil {
		return 0, nil, err
	}
	defer func() { _ = resp.Body.Close() }()
	answer, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer))
	return resp.StatusCode, answer, err
}

func (c *Client) unhealthy(why string, err error) error {
	if errors.Is(err, context.DeadlineExceeded) {
		why = "it does not answer within " + probeTimeout.String()
	}
	return &fault.Error{
		Kind: fault.Unhealthy, Op: "check opencode", Why: why, Err: err, Action: fault.ShowLog,
		Remedy: "The sandbox's log says what opencode is doing.",
	}
}

// configTrouble makes one line of opencode's answer about its configuration.
func configTrouble(body []byte) string {
	var answer struct {
		Data struct {
			Path    string `json:"path"`
			Message string `json:"message"`
		} `json:"data"`
		Message string `json:"message"`
	}
	text := strings.TrimSpace(string(body))
	if json.Unmarshal(body, &answer) == nil {
		switch {
		case answer.Data.Message != "":
			text = strings.TrimSpace(answer.Data.Path + " " + answer.Data.Message)
		case answer.Data.Path != "":
			text = answer.Data.Path
		case answer.Message != "":
			text = answer.Message
		}
	}
	return short(strings.Join(strings.Fields(text), " "), maxTrouble)
}

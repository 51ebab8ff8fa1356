package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"strings"
)

// textWidth is how many columns the text of commands has. Words that are longer,
// such as ARNs and policies, stay whole.
const textWidth = 80

// guide writes what the tour says.
type guide struct {
	w     io.Writer
	parts int
}

func (g *guide) title(text string) {
	g.parts++
	head := fmt.Sprintf("%d. %s", g.parts, text)
	fmt.Fprintf(g.w, "\n%s\n%s\n\n", head, strings.Repeat("-", len(head)))
}

// say writes a paragraph.
func (g *guide) say(text string) {
	fmt.Fprintln(g.w, wrap(text, textWidth))
	fmt.Fprintln(g.w)
}

// reply prints what a command answers in a sentence.
func (g *guide) reply(text string) { g.output(wrap(text, textWidth-2)) }

// wrap breaks a text into lines.
func wrap(text string, columns int) string {
	var b strings.Builder
	column := 0
	for word := range strings.FieldsSeq(text) {
		switch {
		case column == 0:
		case column+1+len(word) > columns:
			b.WriteByte('\n')
			column = 0
		default:
			b.WriteByte(' ')
			column++
		}
		b.WriteString(word)
		column += len(word)
	}
	return b.String()
}

// command prints a line of the AWS CLI, broken before options where it is long.
func (g *guide) command(by who, args ...string) {
	line := "aws"
	if by.profile != "" {
		line += " --profile " + shellQuote(by.profile)
	}
	g.shellLine(line, args)
}

// shell prints another command that is run with a profile.
func (g *guide) shell(by who, command string) {
	args := strings.Fields(command)
	if by.profile != "" {
		args = append(args[:len(args)-1:len(args)-1], "--profile", by.profile, args[len(args)-1])
	}
	g.shellLine(args[0], args[1:])
}

func (g *guide) shellLine(line string, args []string) {
	line = "$ " + line
	for i, arg := range args {
		var document bytes.Buffer
		if strings.HasPrefix(arg, "{") && json.Indent(&document, []byte(arg), "     ", "  ") == nil {
			line += " '" + document.String() + "'"
			continue
		}
		word := shellQuote(arg)
		long := len(line)+1+len(word) > textWidth-2
		if strings.HasPrefix(arg, "--") && i+1 < len(args) {
			long = len(line)+len(word)+len(shellQuote(args[i+1]))+2 > textWidth-2
		}
		if long && (strings.HasPrefix(arg, "--") || !strings.HasPrefix(args[max(i-1, 0)], "--")) {
			fmt.Fprintf(g.w, "%s \\\n", line)
			line = "     " + word
			continue
		}
		line += " " + word
	}
	fmt.Fprintln(g.w, line)
}

// output prints what a command answers, indented.
func (g *guide) output(text string) {
	for line := range strings.Lines(text) {
		fmt.Fprintln(g.w, strings.TrimRight("  "+line, " \n"))
	}
	fmt.Fprintln(g.w)
}

// indented writes to the guide what others print.
func (g *guide) indented() io.Writer { return &indentWriter{g: g} }

type indentWriter struct{ g *guide }

func (i *indentWriter) Write(p []byte) (int, error) {
	i.g.output(string(p))
	return len(p), nil
}

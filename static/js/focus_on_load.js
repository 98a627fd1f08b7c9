// Puts the focus on what a person must read first: the summary of errors.
export default function focusOnLoad(element) {
  element.focus();
}

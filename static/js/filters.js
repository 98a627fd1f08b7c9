// Filters start folded on narrow screens and open beside the list on wide ones; sending is by change, see the search form.
export default function filters(details) {
  const wide = window.matchMedia("(min-width: 64rem)");
  if (!wide.matches && !details.dataset.filtersChosen) details.open = false;
}

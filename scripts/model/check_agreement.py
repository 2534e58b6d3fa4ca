"""Compares the agreement figures of Netra with those of public packages, on the readings that Netra exported:
   python3 scripts/model/check_agreement.py FOLDER     (needs scikit-learn, statsmodels, krippendorff; FOLDER by scripts/bench/agreement-session.ts)
   Prints a table in Markdown; exits with 1 where a figure differs by more than 1e-6."""
import csv
import sys
from pathlib import Path

import krippendorff
import numpy as np
from sklearn.metrics import cohen_kappa_score, confusion_matrix, recall_score
from statsmodels.stats.inter_rater import aggregate_raters, cohens_kappa, fleiss_kappa
from statsmodels.stats.proportion import proportion_confint

folder = Path(sys.argv[1])
readings = list(csv.DictReader(open(folder / 'readings.csv', newline='')))
figures = list(csv.DictReader(open(folder / 'figures.csv', newline='')))
GRADES = [0, 1, 2, 3, 4]

readers = sorted({row['reader'] for row in readings})
images = sorted({row['image'] for row in readings})
place = {image: index for index, image in enumerate(images)}
grade = np.full((len(readers), len(images)), np.nan)
label = np.full(len(images), np.nan)
for row in readings:
    if row['grade'] != '':
        grade[readers.index(row['reader']), place[row['image']]] = int(row['grade'])
    if row['label'] != '':
        label[place[row['image']]] = int(row['label'])


def netra(comparison, first, second, measure, column='value'):
    for row in figures:
        if (row['comparison'], row['first'], row['second'], row['measure']) == (comparison, first, second, measure):
            return float(row[column])
    raise SystemExit(f'no figure {comparison} {first} {second} {measure}')


lines = []


def compare(name, package, theirs, ours):
    lines.append((name, package, float(theirs), ours))


first, second = readers
both = ~np.isnan(grade[0]) & ~np.isnan(grade[1])
a, b = grade[0][both].astype(int), grade[1][both].astype(int)
for measure, weights, wt in (('kappa', None, None), ('kappa linear', 'linear', 'linear'), ('kappa quadratic', 'quadratic', 'quadratic')):
    compare(f'{measure}, {first} and {second}', 'scikit-learn', cohen_kappa_score(a, b, labels=GRADES, weights=weights), netra('pair', first, second, measure))
    result = cohens_kappa(confusion_matrix(a, b, labels=GRADES), wt=wt)
    low, high = result.kappa - 1.959963984540054 * result.std_kappa, result.kappa + 1.959963984540054 * result.std_kappa
    compare(f'{measure}, lower limit', 'statsmodels', low, netra('pair', first, second, measure, 'low'))
    compare(f'{measure}, upper limit', 'statsmodels', high, netra('pair', first, second, measure, 'high'))
gradable = [(~np.isnan(row)).astype(int) for row in grade]
compare('kappa gradable', 'scikit-learn', cohen_kappa_score(*gradable), netra('pair', first, second, 'kappa gradable'))
table, _ = aggregate_raters(np.stack([a, b], axis=1), n_cat=5)
compare('Fleiss kappa', 'statsmodels', fleiss_kappa(table), netra('all readers', '', '', 'Fleiss kappa'))
for level in ('ordinal', 'nominal'):
    alpha = krippendorff.alpha(reliability_data=grade, value_domain=GRADES, level_of_measurement=level)
    compare(f'Krippendorff alpha, {level}', 'krippendorff', alpha, netra('all readers', '', '', f'alpha {level}'))
for index, reader in enumerate(readers):
    known = ~np.isnan(label) & ~np.isnan(grade[index])
    quadratic = cohen_kappa_score(label[known].astype(int), grade[index][known].astype(int), labels=GRADES, weights='quadratic')
    compare(f'kappa quadratic, {reader} against the label', 'scikit-learn', quadratic, netra('label', 'label', reader, 'kappa quadratic'))
    labelled = ~np.isnan(label)
    truth = label[labelled] >= 2
    said = np.isnan(grade[index][labelled]) | (grade[index][labelled] >= 2)
    compare(f'sensitivity, {reader}', 'scikit-learn', recall_score(truth, said), netra('label', 'label', reader, 'sensitivity'))
    compare(f'specificity, {reader}', 'scikit-learn', recall_score(~truth, ~said), netra('label', 'label', reader, 'specificity'))
    low, high = proportion_confint((truth & said).sum(), truth.sum(), method='wilson')
    compare(f'sensitivity, {reader}, lower limit', 'statsmodels', low, netra('label', 'label', reader, 'sensitivity', 'low'))
    compare(f'sensitivity, {reader}, upper limit', 'statsmodels', high, netra('label', 'label', reader, 'sensitivity', 'high'))

print('| Figure | Public package | Its value | Netra |')
print('|---|---|---|---|')
worst = 0.0
for name, package, theirs, ours in lines:
    worst = max(worst, abs(theirs - ours))
    print(f'| {name} | {package} | {theirs:.6f} | {ours:.6f} |')
print(f'\nLargest difference: {worst:.1e}')
sys.exit(worst > 1e-6)
